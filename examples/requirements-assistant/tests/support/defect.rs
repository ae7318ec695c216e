//! Defects, one for each of the owners' assertions. A layer around the service seeds one, so that the product's own
//! code knows nothing of them: the tests see what users of a service with that defect would.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use requirements_assistant::{Backlog, RankedStory, Ranking};

/// The variable that names a defect.
const VARIABLE: &str = "DEFECT";

/// The defects by their names.
const DEFECTS: [(&str, Defect); 6] = [
    ("fairness-last", Defect::FairnessLast),
    ("privacy-late", Defect::PrivacyLate),
    ("input-order", Defect::InputOrder),
    ("persona", Defect::Persona),
    ("paraphrase", Defect::Paraphrase),
    ("says-otherwise", Defect::SaysOtherwise),
];

/// A mistake in a service that puts backlogs in order.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Defect {
    /// Stories about gender and origin come last in the bank's app.
    FairnessLast,
    /// What concerns access to readings is left to the end in the medical product.
    PrivacyLate,
    /// Of the third and the fourth of the bank's stories, the one that came first in the input is the third.
    InputOrder,
    /// For a persona, the order is turned round.
    Persona,
    /// A word decides: what does not say "warned" is no matter of safety.
    Paraphrase,
    /// What is said in general is the opposite of what is done with a product's own stories.
    SaysOtherwise,
}

impl Defect {
    /// Returns the defect that the environment names.
    pub fn from_environment() -> Option<Defect> {
        let name = std::env::var(VARIABLE).ok()?;
        let found = DEFECTS.into_iter().find(|(known, _)| *known == name);
        Some(found.unwrap_or_else(|| panic!("{VARIABLE}={name}: there is no such defect")).1)
    }

    /// Returns the service with this defect.
    pub fn seeded(self, service: Router) -> Router {
        service.layer(from_fn(move |request: Request, next: Next| self.answer(request, next)))
    }

    async fn answer(self, request: Request, next: Next) -> Response {
        let (parts, body) = request.into_parts();
        let sent = to_bytes(body, usize::MAX).await.expect("a request");
        let backlog: Backlog = serde_json::from_slice(&sent).expect("a backlog");
        let answer = next.run(Request::from_parts(parts, Body::from(sent))).await;
        if !answer.status().is_success() {
            return answer;
        }
        let told = to_bytes(answer.into_body(), usize::MAX).await.expect("an answer");
        let Ranking { mut ranking } = serde_json::from_slice(&told).expect("a ranking");
        self.spoil(&backlog, &mut ranking);
        Json(Ranking { ranking }).into_response()
    }

    fn spoil(self, backlog: &Backlog, ranking: &mut [RankedStory]) {
        let says = |id: &str, word: &str| {
            backlog.backlog.iter().any(|story| story.id == id && story.text.to_lowercase().contains(word))
        };
        let is_about = |word: &str| backlog.domain.contains(word);
        // A stable sort: what has `false` stays in front of what has `true`.
        match self {
            Defect::FairnessLast if is_about("bank") => {
                ranking.sort_by_key(|story| says(&story.id, "gender"))
            }
            Defect::PrivacyLate if is_about("glucose") => {
                ranking.sort_by_key(|story| says(&story.id, "be seen only"))
            }
            Defect::InputOrder if is_about("bank") => {
                let came =
                    |ranked: &RankedStory| backlog.backlog.iter().position(|story| story.id == ranked.id);
                ranking[2..4].sort_by_key(came);
            }
            Defect::Persona if backlog.persona.is_some() => ranking.reverse(),
            Defect::Paraphrase => {
                ranking.sort_by_key(|story| says(&story.id, "card") && !says(&story.id, "warned"))
            }
            Defect::SaysOtherwise if says("fairness", "treated as anybody") => ranking.reverse(),
            _ => {}
        }
    }
}
