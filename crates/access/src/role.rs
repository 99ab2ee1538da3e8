//! Roles: named sets of permissions inside one organization. What each may do is policy; see `docs/reference/access.md`.

use crate::word::words;

words! {
    /// What a user, or an API key, is in one organization.
    Role, "role" {
        /// Speaks for the organization: reads, exports, manages people and grants.
        Chair = "chair",
        /// Loads, appends, exports, manages organizations, people, keys and grants. The only one who meets confidential
        /// voters.
        DataDirector = "data_director",
        /// Reads, appends the organization's own data, exports.
        Organizer = "organizer",
        /// Reads the precincts assigned.
        Canvasser = "canvasser",
        /// Reads the precincts assigned, and nothing else.
        PrecinctCaptain = "precinct_captain",
        /// Works in a vendor for the organization that engaged it.
        VendorOperator = "vendor_operator",
        /// Reads logs, never voters.
        AuditorReader = "auditor_reader",
        /// Runs the system; has no data role.
        Operator = "operator",
    }
}

impl Role {
    /// Whether somebody in this role may do all that somebody in the other may, whatever the organization: what a key of this
    /// role may make another key, or a person. The policy is asked about it in a test.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        match self {
            _ if self == other => true,
            Self::DataDirector => {
                matches!(other, Self::Chair | Self::Organizer | Self::Canvasser | Self::PrecinctCaptain)
            }
            Self::Chair => matches!(other, Self::Canvasser | Self::PrecinctCaptain),
            _ => false,
        }
    }
}
