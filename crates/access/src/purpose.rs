//! Purposes: what data are used for. A grant names the purposes that it is for.

use crate::word::words;

words! {
    /// What data are used for.
    #[derive(Default)]
    Purpose, "purpose" {
        /// To find, visit, call and write to voters.
        #[default]
        VoterContact = "voter_contact",
        /// To keep the file right.
        Hygiene = "hygiene",
        /// To make and test scores.
        Modeling = "modeling",
        /// To answer to a law or an auditor.
        Compliance = "compliance",
        /// To sell. Always forbidden.
        Commercial = "commercial",
    }
}
