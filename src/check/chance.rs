//! What a respondent without opinions would get.
