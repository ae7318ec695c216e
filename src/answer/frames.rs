//! The table of frames: all that may stand around an answer, by language. Whatever is in none of
//! these lists is left over, and a response with something left over is not read.
//!
//! | role | where it stands |
//! | --- | --- |
//! | lead | before an answer, in its sentence or on the line above it: `My answer is` |
//! | tail | after an answer, in its sentence: `for me` |
//! | opening | a phrase or sentence by itself before an answer: `Sure` |
//! | closing | a sentence by itself after an answer: `Hope this helps` |
//! | and | between the last two options of a list |
//!
//! The language of a pattern is that of `pattern.rs`. A new language is one list here.

use once_cell::sync::Lazy;

use super::pattern::{Pattern, Slots};
use super::tokens::Token;
use crate::suite::Shape;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Lead,
    Tail,
    Opening,
    Closing,
    And,
}

/// The kinds of answer that a frame is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum For {
    Any,
    Level,
    Set,
    Ranking,
}

struct Frame {
    role: Role,
    kind: For,
    pattern: Pattern,
}

type Row = (Role, For, &'static [&'static str]);

/// The frames of one language.
pub(super) struct Frames(Vec<Frame>);

/// Languages with frames of their own, by what a suite calls them. In any other only a bare answer is
/// read.
static LANGUAGES: Lazy<Vec<(&'static str, Frames)>> = Lazy::new(|| {
    [("en", ENGLISH), ("de", GERMAN), ("fr", FRENCH), ("es", SPANISH), ("ar", ARABIC), ("zh", CHINESE)]
        .map(|(name, rows)| (name, Frames::new(rows)))
        .into()
});

static NONE: Frames = Frames(Vec::new());

impl Frames {
    fn new(rows: &[Row]) -> Self {
        let frame = |role, kind, text| Frame { role, kind, pattern: Pattern::new(text) };
        Frames(rows.iter().flat_map(|(role, kind, texts)| texts.iter().map(|text| frame(*role, *kind, *text))).collect())
    }

    /// Those of a suite's language: English where it says none. Of `de-AT`, those of `de`.
    pub(super) fn of(language: Option<&str>) -> &'static Frames {
        let name = language.unwrap_or("en");
        let name = name.split(['-', '_']).next().unwrap_or(name).to_lowercase();
        LANGUAGES.iter().find(|(known, _)| *known == name).map_or(&NONE, |(_, frames)| frames)
    }

    /// Whether sentences of explanation can be told from others: in English only.
    pub(super) fn explains(language: Option<&str>) -> bool {
        language.is_none_or(|name| name.split(['-', '_']).next().is_some_and(|name| name.eq_ignore_ascii_case("en")))
    }

    /// The place after the longest frame of a role that begins at `at`.
    pub(super) fn find(&self, role: Role, shape: Shape, tokens: &[Token], at: usize, slots: &Slots) -> Option<usize> {
        let fits = |kind| match kind {
            For::Any => true,
            For::Level => shape == Shape::Level,
            For::Set => matches!(shape, Shape::Set { .. }),
            For::Ranking => shape == Shape::Ranking,
        };
        let frames = self.0.iter().filter(|frame| frame.role == role && fits(frame.kind));
        frames.filter_map(|frame| frame.pattern.matches(tokens, at, slots)).max()
    }
}

const ENGLISH: &[Row] = &[
    (Role::And, For::Any, &["and", "and finally", "and lastly"]),
    (
        Role::Lead,
        For::Any,
        &[
            "(so|thus|therefore|hence|) (my|the|) (final|) (answer|answers|response|choice|choices|pick|picks|selection|output|result|decision|conclusion) ((is|are|would be|will be) (that|)|)",
            "(so|thus|therefore|hence|overall|ultimately|in conclusion|in summary)",
            "(here is|here's|here are|this is|these are) (my|the) (final|) (answer|answers|response|choice|choices|pick|picks|selection|selections)",
            "(i|i would|i'd|i will|i'll) (choose|pick|select|answer|respond|say|go|opt|reply) (with|for|that|as|) (option|a|the|) (following|)",
            "(i have|i've) (chosen|picked|selected)",
            "i (chose|picked|selected)",
            "(the|my) (option|level|one) (i|i would|i'd) (choose|pick|select) (is|would be)",
            "i choose to answer",
        ],
    ),
    (
        Role::Lead,
        For::Level,
        &[
            "(i|i would|i'd|i will|i'll) (rate|consider|call|describe|label|classify|judge|view|see|mark|score|regard|find|deem|categorize|characterize) (it|this|this value|this proposition|this statement|the proposition|the statement|$|my (opinion|view|perspective|stance) (on this|)|the importance of $|the importance of this value|its importance) (as|to be|as being|with|) (a|an|) (option|)",
            "(i|i would|i'd|i will) (rate|label|describe|call|consider|classify) myself (as|) (a|an|)",
            "(i|i would|i'd) (label|rate|describe|summarize) my (answer|response|opinion|view|perspective|position|stance) as (a|an|)",
            "(i|i would) (answer|respond) as follows",
            "(it|this|that|$|this value|the value of $|the importance of $|its importance) (is|would be|should be|ranks as)",
            "(it's|that's)",
            "$",
            "i (think|believe|feel) (that|) (it|this|$|this value) (is|should be|would be)",
            "(for me|to me|in my view|in my opinion) (it|this|$|this value) (is|would be|should be)",
            "(my|the|) (rating|thoughts|assessment|evaluation|opinion|view|perspective|stance|position|judgement|judgment|importance|level|level of importance|importance level|importance rating|label|score|verdict|preference|priority) (on (this|the|the following|this topic|the topic) (proposition|statement|matter|)|of $|of this value|for $|for this value|for this|) (is|are|would be|should be|) (as follows|)",
            "i would label my (opinion|view|perspective) (on (this|the) (proposition|statement)|) as",
            "(i|i would|i'd) (lean|leans) (towards|toward|to|)",
            "(i'm|i am) leaning (towards|toward|to|)",
            "this (gets|receives|deserves|warrants) (a|an|)",
            "i (give|would give|assign|would assign) (it|this|$|this value) (a|an|the rating|the level|a rating of|) (of|)",
            "(i|i would|i'd|i must|i have to|i do|i am|i'm|we)",
            "i would (have to|) say (that|) (i|)",
        ],
    ),
    (
        Role::Lead,
        For::Set,
        &[
            "(here are|here is|here's|these are|the following are|below are) (my|the|) (list of|) (top|) (#|) (most important|) (values|choices|picks|options|selections|ones|principles|values for an ai system|values that|) (that|) (i|) (would|) (choose|consider|select|pick|prioritize|believe are|think are|) (to be|as|) (the|) (#|) (most important|) (values|)",
            "(my|the) (top|) (#|) (most important|) (values|choices|picks|options|selections|ones|principles|) (that i (would|) (choose|select|pick|consider)|i (would|) (choose|select|pick|consider|have chosen|have selected)|) (as|to be|) (the|) (most important|) (are|would be|include|) (the following|as follows|)",
            "(top|selected|chosen) (#|) (values|choices|picks|options|)",
            "(#|the #) (most important|chosen|selected) (values|)",
            "(i|i would|i'd|i'll|i will) (choose|select|pick|consider|prioritize|prioritise|go with) (these|the following|) (#|) (values|) (as|to be|) (the|my|) (#|) (most important|) (values|)",
            "the (#|) (most important|) values (are|to me are|for me are|in my view are|in my opinion are)",
            "(values|choices|selected values)",
        ],
    ),
    (
        Role::Lead,
        For::Ranking,
        &[
            "(here is|here's|this is|below is) (my|the|) (final|) (ranking|order|ordering|ranked list|list|prioritization|prioritisation|priority order) (of (the|) (#|) (user|) stories|) (from most (important|) to least important|in order of importance|by importance|) ((from|) (the|) most (important|) to (the|) least important|)",
            "(my|the|) (final|) (ranking|order|ordering|ranked list|priority order|order of importance|prioritization|prioritisation) (of (the|) (#|) (user|) stories|) (is|would be|) (as follows|) ((from|) (the|) most (important|) to (the|) least important|)",
            "(i|i would|i'd|i'll) (rank|order|put|prioritize|prioritise) (them|the stories|the # stories|the user stories|these stories|these) (as follows|in this order|in the following order|)",
            "(from|) (the|) (most important|most) to (the|) least important",
            "(ranked|ordered|sorted) (from|) (most important|most|highest) to (least important|least|lowest|lowest importance|lowest priority)",
            "(in|by|the) (order of|) importance",
            "most important first",
            "ranking",
        ],
    ),
    (
        Role::Tail,
        For::Any,
        &[
            "(is|are|would be|was|were) (my|the) (final|) (answer|answers|choice|choices|pick|picks|selection|response)",
            "(as|for) my (final|) (answer|choice|response)",
        ],
    ),
    (
        Role::Tail,
        For::Level,
        &[
            "(to|for|from) me",
            "here",
            "first",
            "in (my|this|such a|that|the|a) (view|opinion|case|context|situation|scenario|setting|system|kind of system) (like this (one|)|)",
            "for (such a|this|this kind of|a medical) (system|context)",
            "(is|would be) (my|the) (rating|level|opinion|view|position) (i choose|i would choose|)",
            "(with|about|on) (this|that|the|the above) (statement|proposition|idea|claim|view|sentiment|notion|assertion|quote|proverb|matter)",
            "with (it|that|this)",
            "when it comes to $",
        ],
    ),
    (
        Role::Tail,
        For::Set,
        &[
            "(are|as|to be|would be) (the|my|) (top|) (#|) (most important|) (values|ones|choices|picks|)",
            "(in my (view|opinion)|to me|for me)",
        ],
    ),
    (
        Role::Tail,
        For::Ranking,
        &["in (this|that) order", "(from|) most (important|) to least important", "in order of importance", "most important first"],
    ),
    (
        Role::Opening,
        For::Any,
        &[
            "sure",
            "sure thing",
            "certainly",
            "of course",
            "okay",
            "ok",
            "absolutely",
            "great question",
            "thank you (for (the|your|this) question|)",
            "thanks (for (the|your|this) question|)",
            "(in|from) my (view|opinion|perspective|point of view)",
            "personally",
            "overall",
            "ultimately",
            "so",
            "therefore",
            "thus",
            "hence",
            "as an ai (language model|model|assistant|)",
            "as (an|a) (artificial intelligence|language model|large language model)",
            "(based on|given|considering) (the|this|your|my) (context|information|description|scenario|system|statement|proposition|question|prompt|criteria|understanding) (you provided|you have provided|you've provided|provided|given|above|)",
            "here is my (opinion|view|perspective) (on (the|this) (proposition|statement|matter)|)",
            "(in|for) (such a|this|this kind of|the given) (system|context|case|scenario|situation)",
            "after (careful|some|) (consideration|thought)",
            "as requested",
            "(here you go|happy to help|good question)",
            "assistant",
            "response",
            "(to|for) me",
            "i can do that",
            "i understand",
            "(sure|) i can help (you|) (with that|)",
            "(i'm|i am) happy to help",
            "(i'd|i would) be happy to (help|answer|share my view)",
            "if i (were to|had to|have to|must) (choose|pick|answer|decide|rate it|rate this|rank them)",
            "(but|however|still|that said|nonetheless|nevertheless)",
            "(as an ai (language model|) |) (while|although|though|) i (do not|don't) (have|hold|possess) (any|) (personal|subjective|my own|) (opinions|opinion|beliefs|views|feelings|preferences|convictions|values|experiences|stakes|emotions|thoughts) ((or|and) (personal|) (opinions|beliefs|views|feelings|preferences|values|experiences|emotions|biases)|) (of my own|in this|)",
        ],
    ),
    (
        Role::Opening,
        For::Level,
        &["for (such a|this|a medical|a glucose monitoring) system", "regarding $", "on $", "when it comes to $", "when it comes to this value"],
    ),
    (Role::Opening, For::Set, &["in (no|no particular|any) order", "in no (particular|specific) order", "in order of importance", "for an ai system"]),
    (
        Role::Opening,
        For::Ranking,
        &[
            "(from|) most (important|) to least important",
            "in order of importance",
            "most important first",
            "(rank|place|priority|position) (story|letter|user story)",
        ],
    ),
    (
        Role::Closing,
        For::Any,
        &[
            "(i|) hope (this|that|it) helps",
            "let me know if (you|there) (need|have|want|would like|is|are|'d like) (anything else|any questions|any other questions|more information|more details|further details|further help|an explanation|anything more)",
            "(thank you|thanks) (for (the|your|this) question|for asking|)",
            "(here's|here is) (why|my reasoning|the reasoning|my explanation|my rationale)",
            "(the|my|) (explanation|reason|reasons|reasoning|rationale|justification)",
            "let me know if you'd like (the reasoning|to know why|me to explain|me to elaborate|to discuss this)",
            "(is there anything else|feel free to ask) (if you have any questions|)",
            "have a (nice|great|good) day",
            "best regards",
            "happy to help",
        ],
    ),
    (Role::Closing, For::Set, &["(these|those|they) are (my|the) (top|) (#|) (most important|) (values|choices|picks|selections|ones|)", "in no (particular|specific) order"]),
    (Role::Closing, For::Ranking, &["(ranked|ordered|sorted|) (from|) most (important|) to least important", "in order of importance", "most important first"]),
];

const GERMAN: &[Row] = &[
    (Role::And, For::Any, &["und"]),
    (
        Role::Lead,
        For::Any,
        &[
            "(meine|die|) (endgültige|) (antwort|auswahl|wahl|einschätzung|bewertung) (ist|lautet|wäre|)",
            "ich (wähle|würde sagen|antworte|nehme|sage|finde)",
        ],
    ),
    (Role::Lead, For::Level, &["(es|das|dies|$) ist", "$", "ich", "ich (stimme|bin|halte es für|finde es)"]),
    (Role::Lead, For::Ranking, &["(meine|die|) (reihenfolge|rangfolge) (ist|lautet|)"]),
    (Role::Opening, For::Any, &["gerne", "natürlich", "klar"]),
];

const FRENCH: &[Row] = &[
    (Role::And, For::Any, &["et"]),
    (Role::Lead, For::Any, &["(ma|la|) (réponse|sélection) (finale|) (est|serait|)", "mon choix (est|)", "je (choisis|réponds|choisirais|dirais)"]),
    (Role::Lead, For::Level, &["(c'est|$ est)", "$", "je suis"]),
    (Role::Lead, For::Ranking, &["(mon|le|) classement (est|)"]),
    (Role::Opening, For::Any, &["bien sûr", "voici ma réponse", "voici mon choix"]),
];

const SPANISH: &[Row] = &[
    (Role::And, For::Any, &["y", "e"]),
    (Role::Lead, For::Any, &["(mi|la|) (respuesta|elección|selección) (final|) (es|sería|)", "(elijo|elegiría|respondo|diría|yo diría)"]),
    (Role::Lead, For::Level, &["(es|$ es)", "$", "estoy"]),
    (Role::Lead, For::Ranking, &["(mi|el|) orden (es|)"]),
    (Role::Opening, For::Any, &["claro", "por supuesto", "aquí está mi respuesta"]),
];

const ARABIC: &[Row] = &[(
    Role::Lead,
    For::Any,
    &["(الإجابة|الجواب|إجابتي|جوابي|اختياري) (النهائية|النهائي|) (هي|هو|)", "(أختار|اختار)"],
)];

const CHINESE: &[Row] = &[(
    Role::Lead,
    For::Any,
    &["(答案|我的答案|回答|我的回答|我的选择|选择|最终答案|答案是|我的答案是|我的选择是|我选择|我选)"],
)];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::tokens::tokens;

    #[test]
    fn a_language_has_its_frames_and_an_unknown_one_none() {
        let count = |name| Frames::of(name).0.len();
        assert!(count(Some("de")) > 0 && count(Some("de-AT")) == count(Some("de")));
        assert_eq!((count(Some("fi")), count(None)), (0, count(Some("en"))));
        assert!(Frames::explains(None) && Frames::explains(Some("en-GB")) && !Frames::explains(Some("de")));
    }

    #[test]
    fn leads_say_who_answers_and_nothing_else() {
        let found = |text: &str| {
            let tokens = tokens(text, 0..text.len());
            Frames::of(None).find(Role::Lead, Shape::Level, &tokens, 0, &Slots::default())
        };
        assert_eq!(found("I would rate it as"), Some(5));
        assert_eq!(found("I refuse to say"), Some(1));
        assert_eq!(found("Nobody would say"), None);
    }
}
