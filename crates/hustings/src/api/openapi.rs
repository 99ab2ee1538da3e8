//! The API's description (OpenAPI 3.1), made from the table of routes: `docs/reference/openapi.json`.

use crate::routes::{Guard, Route};
use axum::Json;
use serde_json::{Map, Value, json};

/// `GET /api/v1/openapi.json`
pub async fn get() -> Json<Value> {
    Json(document(super::table().routes()))
}

/// The document of these routes.
#[must_use]
pub fn document(routes: &[Route]) -> Value {
    let mut paths = Map::new();
    for route in routes {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.to_ascii_lowercase()] = operation(route);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Hustings",
            "version": "1",
            "description": "The command line's verbs over the network. Every answer is the JSON of the same verb with `--json`. \
                What a key may not know of is not there: 404, in the same words as for what never was. A vendor's key \
                names the organization for which it acts in the header `hustings-as`.",
        },
        "security": [{"key": []}],
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "an API key, made by `hustings key create`"}},
            "schemas": {"Problem": problem()},
            "responses": {"Problem": {
                "description": "Why there is no answer",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }},
        },
        "paths": paths,
    })
}

fn problem() -> Value {
    let codes = [
        "unauthenticated",
        "not_found",
        "bad_input",
        "refused",
        "busy",
        "too_large",
        "no_room",
        "too_many_requests",
        "environment",
    ];
    json!({
        "type": "object",
        "required": ["type", "title", "status", "detail", "code"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "code": {"enum": codes},
        },
    })
}

fn operation(route: &Route) -> Value {
    let mut parameters: Vec<Value> = variables(route.path)
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
        .collect();
    let fields =
        || route.takes.iter().map(|(name, says)| (name.trim_end_matches('?'), name.ends_with('?'), *says));
    let mut operation = json!({
        "summary": route.does,
        "x-guard": route.guard.as_str(),
        "responses": {
            "200": {"description": "The answer", "content": {route.media: {"schema": {}}}},
            "default": {"$ref": "#/components/responses/Problem"},
        },
    });
    if route.method == "POST" {
        let properties: Map<String, Value> =
            fields().map(|(name, _, says)| (name.to_owned(), json!({"description": says}))).collect();
        let required: Vec<&str> =
            fields().filter(|(_, optional, _)| !optional).map(|(name, _, _)| name).collect();
        let schema = json!({
            "type": "object", "additionalProperties": false, "required": required, "properties": properties,
        });
        operation["requestBody"] = json!({"required": true, "content": {route.accepts: {"schema": schema}}});
    } else {
        parameters.extend(fields().map(|(name, optional, says)| {
            json!({"name": name, "in": "query", "required": !optional, "description": says, "schema": {"type": "string"}})
        }));
    }
    operation["parameters"] = Value::Array(parameters);
    if route.guard == Guard::Public {
        operation["security"] = json!([]);
    }
    operation
}

fn variables(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}
