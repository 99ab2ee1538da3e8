//! Verbs: actions as types, so that a permission to read cannot stand where one to export is needed.

use crate::action::Action;

mod sealed {
    pub trait Sealed {}
}

/// An action as a type. Only this crate has verbs.
pub trait Verb: sealed::Sealed + Send + Sync + 'static {
    /// The action.
    const ACTION: Action;
}

macro_rules! verbs {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        $(
            $(#[$doc])*
            #[derive(Debug)]
            pub enum $name {}
            impl sealed::Sealed for $name {}
            impl Verb for $name {
                const ACTION: Action = Action::$name;
            }
        )+
    };
}

verbs! {
    /// To load a state list, to accept a held one, or to undo.
    Load,
    /// To read on a page or the command line.
    Read,
    /// To add or remove an overlay.
    Append,
    /// To take a copy out of the system.
    Export,
    /// To register and change organizations.
    ManageOrganizations,
    /// To invite people, change their roles, disable them.
    ManagePeople,
    /// To make and revoke API keys.
    ManageKeys,
    /// To give and revoke grants of one's own data.
    ManageGrants,
    /// To read who saw, changed and exported.
    ReadLog,
    /// To report that one can see something one should not.
    ReportIncident,
    /// To run the system.
    Operate,
}
