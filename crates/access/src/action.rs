//! Actions: what a request does.

use crate::word::words;

words! {
    /// What a request does. Logged with every act.
    Action, "action" {
        /// To load a state list, to accept a held one, or to undo.
        Load = "load",
        /// To read on a page or the command line.
        Read = "read",
        /// To add or remove an overlay.
        Append = "append",
        /// To take a copy out of the system.
        Export = "export",
        /// To register and change organizations.
        ManageOrganizations = "manage_organizations",
        /// To invite people, change their roles, disable them.
        ManagePeople = "manage_people",
        /// To make and revoke API keys.
        ManageKeys = "manage_keys",
        /// To give and revoke grants of one's own data.
        ManageGrants = "manage_grants",
        /// To read who saw, changed and exported.
        ReadLog = "read_log",
        /// To report that one can see something one should not.
        ReportIncident = "report_incident",
        /// To run the system.
        Operate = "operate",
    }
}

impl Action {
    /// Whether it touches voter data, so that its scope holds rights.
    #[must_use]
    pub const fn touches_data(self) -> bool {
        matches!(self, Self::Load | Self::Read | Self::Append | Self::Export)
    }
}
