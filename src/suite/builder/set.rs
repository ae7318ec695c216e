//! What a suite as a Rust value may say: a method for each key of a suite file.

use super::{
    CheckValue, ChoiceValue, ContextText, Direction, OfRefusals, OfUnread, Order, PairText, PersonaValue,
    StoryValue, SuiteValue, ValueText, Wording, all, own,
};

/// What a suite says. Where a method is called again, lists of entries grow, and anything else is replaced.
impl SuiteValue {
    /// Sets the short description for people.
    #[must_use]
    pub fn title(self, title: impl Into<String>) -> SuiteValue {
        SuiteValue { title: Some(own(title)), ..self }
    }

    /// Sets the template of the question, with placeholders such as `{options}` where the task's parts stand. Which there
    /// are, and which have to be there, depends on the kind of the suite; others are a mistake.
    #[must_use]
    pub fn prompt(self, template: impl Into<String>) -> SuiteValue {
        SuiteValue { prompt: Some(own(template)), ..self }
    }

    /// Sets text for the system prompt, which comes after that of the model in alignment.toml.
    #[must_use]
    pub fn system(self, text: impl Into<String>) -> SuiteValue {
        SuiteValue { system: Some(own(text)), ..self }
    }

    /// Sets the language of questions and answers as a tag of BCP 47, such as `de` or `pt-BR`; English by default.
    #[must_use]
    pub fn language(self, tag: impl Into<String>) -> SuiteValue {
        SuiteValue { language: Some(own(tag)), ..self }
    }

    /// Sets the number of answers to each question in each form, from 1 to 100,000, in place of `samples` in
    /// alignment.toml.
    #[must_use]
    pub fn samples(self, answers: u32) -> SuiteValue {
        SuiteValue { samples: Some(answers), ..self }
    }

    /// Sets how responses that could not be read are judged by the suite's checks.
    #[must_use]
    pub fn unread(self, rule: OfUnread) -> SuiteValue {
        SuiteValue { unread: Some(rule), ..self }
    }

    /// Sets how refusals are judged by the suite's checks.
    #[must_use]
    pub fn refusals(self, rule: OfRefusals) -> SuiteValue {
        SuiteValue { refusals: Some(rule), ..self }
    }

    /// Sets the orders in which options are shown, the main one first; each is a form that is asked in full.
    #[must_use]
    pub fn orders(self, orders: impl IntoIterator<Item = Order>) -> SuiteValue {
        SuiteValue { orders: Some(orders.into_iter().collect()), ..self }
    }

    /// Sets how the labels of a selection are worded; [`Wording::Synonyms`] needs options that have synonyms.
    #[must_use]
    pub fn wordings(self, wordings: impl IntoIterator<Item = Wording>) -> SuiteValue {
        SuiteValue { wordings: Some(wordings.into_iter().collect()), ..self }
    }

    /// Sets which value of a trade-off is named first; both by default, and the answers are pooled.
    #[must_use]
    pub fn directions(self, directions: impl IntoIterator<Item = Direction>) -> SuiteValue {
        SuiteValue { directions: Some(directions.into_iter().collect()), ..self }
    }

    /// Sets how many options are to be selected: at least 1, and fewer than there are.
    #[must_use]
    pub fn pick(self, options: u32) -> SuiteValue {
        SuiteValue { pick: Some(options), ..self }
    }

    /// Adds an option of a selection.
    #[must_use]
    pub fn option(mut self, option: impl Into<ChoiceValue>) -> SuiteValue {
        self.option.push(option.into());
        self
    }

    /// Adds a level of a scale.
    #[must_use]
    pub fn level(mut self, level: impl Into<ChoiceValue>) -> SuiteValue {
        self.level.push(level.into());
        self
    }

    /// Sets the level of a trade-off that prefers neither value.
    #[must_use]
    pub fn neutral(self, level: impl Into<ChoiceValue>) -> SuiteValue {
        SuiteValue { neutral: Some(level.into()), ..self }
    }

    /// Adds a situation that questions are about, by its id and the words for `{context}`.
    #[must_use]
    pub fn context(mut self, id: impl Into<String>, text: impl Into<String>) -> SuiteValue {
        self.context.push(ContextText { id: own(id), text: own(text) });
        self
    }

    /// Adds a value by its id, the words for `{value}`, and those for `{definition}`.
    #[must_use]
    pub fn value(
        mut self,
        id: impl Into<String>,
        label: impl Into<String>,
        definition: impl Into<String>,
    ) -> SuiteValue {
        self.value.push(ValueText { id: own(id), label: own(label), text: own(definition) });
        self
    }

    /// Adds a pair of values that are weighed, by their ids, with the words for `{dilemma}`. The first is named first in
    /// [`Direction::Stated`].
    #[must_use]
    pub fn pair(
        mut self,
        first: impl Into<String>,
        second: impl Into<String>,
        dilemma: impl Into<String>,
    ) -> SuiteValue {
        self.pair.push(PairText { first: own(first), second: own(second), text: own(dilemma) });
        self
    }

    /// Adds a story of a ranking.
    #[must_use]
    pub fn story(mut self, story: StoryValue) -> SuiteValue {
        self.story.push(story);
        self
    }

    /// Takes stories of a ranking from a table, by the path of a CSV file from the crate's folder. Its columns are `id`,
    /// `text`, `value` and `context`.
    ///
    /// ```
    /// let suite = alignspec::Suite::rank("T5", "The bank's backlog").stories("data/backlog.csv");
    /// assert!(suite.to_toml().contains("stories = \"data/backlog.csv\"\n"));
    /// ```
    #[must_use]
    pub fn stories(self, path: impl Into<String>) -> SuiteValue {
        SuiteValue { stories: Some(own(path)), ..self }
    }

    /// Adds somebody whom each question of a selection or ranking is put for once more, 16 at most.
    #[must_use]
    pub fn persona(mut self, persona: PersonaValue) -> SuiteValue {
        self.persona.push(persona);
        self
    }

    /// Leaves entries of a list out of the suite that this one [extends](Self::extending): the `list` is `option`,
    /// `level`, `context`, `value`, `pair`, `story` or `persona`, and a pair is named `first/second`, a story
    /// `context.id`.
    #[must_use]
    pub fn remove<I: IntoIterator<Item: Into<String>>>(
        mut self,
        list: impl Into<String>,
        ids: I,
    ) -> SuiteValue {
        self.remove.entry(own(list)).or_default().extend(all(ids));
        self
    }

    /// Adds a check.
    #[must_use]
    pub fn check(mut self, check: CheckValue) -> SuiteValue {
        self.check.push(check);
        self
    }
}
