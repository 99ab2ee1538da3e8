//! The policy as it is compiled into the program: read, complete, and refused when it does not fit.

mod case;
mod covers;
mod golden;
mod permits_and_forbids;
mod properties;

use super::*;

#[test]
fn the_policy_fits_its_schema() {
    let policy = Policy::new().unwrap();
    assert_eq!(policy.policies.policies().count(), policy.says.len());
    assert!(policy.says("private-never").unwrap().contains("owner's own grant"));
    assert_eq!(policy.says("no-such-policy"), None);
}

#[test]
fn a_policy_that_does_not_fit_stops_the_program() {
    let refused = |more: &str| Policy::with(more).unwrap_err().to_string();
    for (more, expected) in [
        ("permit(principal, action, resource)", "the policy cannot be read: "),
        ("permit(principal, action, resource);", "a policy has no @id: "),
        (r#"@id("x") permit(principal, action, resource);"#, "a policy has no @says: "),
        (r#"@id("") @says("y") permit(principal, action, resource);"#, "a policy has no @id: "),
        (
            r#"@id("commercial") @says("y") forbid(principal, action, resource);"#,
            "two policies are called `commercial`",
        ),
        (
            r#"@id("x") @says("y") forbid(principal, action, resource) when { principal.age > 3 };"#,
            "the policy does not fit its schema: ",
        ),
        (
            // An optional attribute without `has` would fail at run time.
            r#"@id("x") @says("y") forbid(principal, action == Hustings::Action::"read", resource)
               when { context.grant.revoked };"#,
            "the policy does not fit its schema: ",
        ),
        (
            // Never true: surely not what was meant.
            r#"@id("x") @says("y") forbid(principal, action == Hustings::Action::"load", resource)
               when { resource is Hustings::Platform };"#,
            "the policy does not fit its schema: ",
        ),
    ] {
        assert!(refused(more).starts_with(expected), "{more}: {}", refused(more));
    }
    assert!(Policy::of_text("entity", POLICIES).is_err());
}
