//! What this crate's own tests, benches and examples reach into: each name that they use, by room. Nothing here
//! is for users, and nothing of it is kept from one version to the next.
#![allow(missing_docs, reason = "the modules are rooms, and each item is documented where it is defined")]

pub mod answer {
    pub use crate::answer::{Answer, AnswerStructure, Finish, Invalid, read, read_as, schema};
}
pub mod check {
    pub use crate::check::{
        Check, Confidence, Input, Scope, SentenceForm, Test, Undefined, Unit, Who, forms, read,
    };
    pub mod chance {
        pub use crate::check::chance::{ChanceMethod, Null, chance_level};
    }
}
#[cfg(feature = "cli")]
pub mod cli {
    pub use crate::cli::command;
}
pub mod compare {
    pub use crate::compare::{ComparedAnswers, Comparison, Pair, SummaryLine, compare};
}
pub mod config {
    #[cfg(feature = "cli")]
    pub use crate::config::takes;
    pub use crate::config::{Budget, Config, Message, Model, Role, StoreLocation, TALLY, tables, words};
}
pub mod diagnostic {
    pub use crate::ground::diagnostic::{Diagnostic, Source};
}
pub mod environment {
    pub use crate::ground::environment::{HANDED, OTHERS, OURS, Variable, Variables, from_environment};
}
#[cfg(feature = "cli")]
pub mod keys {
    pub use crate::ground::keys::{TakenKey, TakenValue};
}
pub mod exit {
    pub use crate::ground::exit::{Exit, OF_PROGRAM, OF_REPORT, OF_TESTS, OF_WATCH};
}
pub mod profile {
    pub use crate::profile::{Cell, Counts, ItemProfile, Joint, OTHER, Profile, Row, Table, UNREAD, View};
}
pub mod provider {
    pub use crate::provider::{
        AskError, Asked, Finish, Functions, Limits, Reply, Request, Response, Spec, Wire, connect, identity,
        parse_config, read_config, specs,
    };
}
#[cfg(feature = "cli")]
pub mod report {
    pub use crate::report::FORMATS;
    pub use crate::report::format::ReportFormat;
}
pub mod baseline {
    pub use crate::baseline::{FIELDS, HEAD, Tallies, Tally};
}
pub mod run {
    #[cfg(feature = "cli")]
    pub use crate::run::spread_requests;
    pub use crate::run::{FEW_QUESTIONS, MOST_OF_FEW, Run, Subject};
}
pub mod sample {
    pub use crate::asking::{AskBack, Mode, Pace, Ready, Reason, Sampled, Sampler, SamplingUnit};
    pub use crate::recording::merge;
}
pub mod snapshot {
    pub use crate::snapshot::{Judge, read, write};
}
pub mod stats {
    pub use crate::stats::UndefinedStatistic;
    #[cfg(feature = "cli")]
    pub mod association {
        pub use crate::stats::association::{Association, WithoutRow, association};
    }
    pub mod evidence {
        pub use crate::stats::evidence::{Design, of_signs, of_values};
    }
    pub mod dealing {
        pub use crate::stats::dealing::{
            LogEvidence, NO_EVIDENCE, TILTS, TiltedDealings, YesesOf, log_average, log_sum,
        };
    }
    pub mod deviance {
        pub use crate::stats::deviance::{Deviance, p_of_sum};
    }
    pub mod fisher {
        pub use crate::stats::fisher::Law;
    }
    pub mod interval {
        pub use crate::stats::interval::{beta_quantile, clopper_pearson};
    }
    pub mod multiplicity {
        pub use crate::stats::multiplicity::split_error;
    }
    pub mod partial_order {
        pub use crate::stats::partial_order::least_weighted_ranks;
    }
    pub mod overlap {
        pub use crate::stats::overlap::{MAX_OPTIONS, indices, jaccard, overlap, top, top_k_jaccard};
    }
    pub mod pairs {
        pub use crate::stats::pairs::{Relation, has, with};
    }
    pub mod inclusion {
        pub use crate::stats::inclusion::{FixedSize, MAX_GAP, SUM, weights};
    }
    pub mod sums {
        pub use crate::stats::sums::{
            Clip, ClippedShares, EndSearch, GivenShares, Payoff, ScaledEntropy, SumClaim, SumOfMeans,
            SummedQuestion, UNKNOWN_OUTCOME, Worth, divergence, entropy,
        };
    }
    pub mod rank {
        pub use crate::stats::rank::{Ranker, kendall, ranks, spearman};
    }
    pub mod resample {
        pub use crate::stats::resample::{Stream, choose_first, multinomial, rng, shuffle};
    }
    pub mod spending {
        pub use crate::stats::spending::{boundary, first_above, spent};
    }
}
pub mod suite {
    #[cfg(feature = "cli")]
    pub use crate::suite::takes;
    pub use crate::suite::{
        About, CheckEntry, Item, OfRefusals, OfUnread, Question, Questions, Shape, Suite, Suites, Task,
        TaskKind, Unanswered, load, tables, words,
    };
}
pub mod verdict {
    pub use crate::verdict::{
        HeldInSurveys, JudgingOptions, Outcome, ReadAlone, Schedule, SurveyOrder, Verdict, decide, hopeless,
        interval, judge, look, next_check, outcome, outcome_at, tightened, told,
    };
    pub mod drift {
        pub use crate::verdict::drift::{DriftSide, compare};
    }
    pub mod watch {
        pub use crate::verdict::watch::{
            NoCalm, WatchEvidence, WatchedItem, WatchedItems, WatchedPair, WatchedTask, evidence, gain,
            heard, no_calm,
        };
    }
}
