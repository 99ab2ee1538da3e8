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
    let asked: BTreeSet<String> = policy.policies.values().flat_map(ids).collect();
    assert_eq!(asked, policy.says.keys().cloned().collect());
    assert!(policy.says("private-never").unwrap().contains("owner's own grant"));
    assert_eq!(policy.says("no-such-policy"), None);
}

fn ids(policies: &PolicySet) -> impl Iterator<Item = String> {
    policies.policies().map(|policy| policy.id().to_string())
}

#[test]
fn an_action_is_asked_of_every_policy_that_can_speak_of_it() {
    let policy = Policy::new().unwrap();
    let actions = |id: &str| -> Vec<&str> {
        let speaks = |(_, policies): &(&&str, &PolicySet)| ids(policies).any(|one| one == id);
        policy.policies.iter().filter(speaks).map(|(action, _)| *action).collect()
    };
    assert_eq!(actions("private-never"), ["append", "export", "load", "match", "read"], "a group of actions");
    assert_eq!(actions("network-needs-second-factor"), policy.policies.keys().copied().collect::<Vec<_>>());
    assert_eq!(actions("own-people"), ["manage_keys", "manage_people"]);
    assert_eq!(actions("role-loads"), ["load"]);
    assert_eq!(policy.policies.len(), Action::ALL.len() + 1);
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
            r#"@id("x") @says("y") forbid(principal, action == Hustings::Action::"read", resource)
               when { resource.owner == Hustings::Organization::"chen" };"#,
            "the policy `x` names Hustings::Organization::\"chen\": ",
        ),
        (
            r#"@id("x") @says("y") forbid(principal, action == Hustings::Action::"read", resource)
               when { ["WAKE"].contains(context.county) };"#,
            "the policy `x` names WAKE: ",
        ),
        (
            r#"@id("x") @says("y") forbid(principal, action == Hustings::Action::"read", resource)
               when { context.column like "score*" };"#,
            "the policy `x` names ",
        ),
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
