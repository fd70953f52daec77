//! What a route takes, and what it answers.

use serde_json::{Map, Value, json};

use super::{PLACE, names};
use crate::emit::api::schema::Schemas;
use crate::model::{Body, Changed, Column, ColumnType, Entity, Ident, RequestStep, Route, RustType, Service};

/// The operations of a service.
pub(super) struct Operations<'m> {
    pub(super) service: &'m Service,
    pub(super) schemas: Schemas<'m>,
}

impl Operations<'_> {
    /// What a route does. The parameters of its path are called `params`, in their order.
    pub(super) fn of(&self, route: &Route, params: &[&str]) -> Value {
        match route {
            Route::Create { step, body, request, example, .. } => {
                let (summary, answers) = self.written(request);
                let parameters = vec![reference("parameters", "IdempotencyKey")];
                let operation = Operation { id: step.as_str(), summary, parameters, answers };
                self.writing(operation, body, example)
            }
            Route::Write { step, requested, example, .. } => {
                let (summary, answers) = self.written(&requested.variant);
                let of_path = requested.params.iter().zip(params);
                let mut parameters: Vec<Value> =
                    of_path.map(|(param, name)| in_path(name, self.schemas.of(&param.ty))).collect();
                parameters.push(reference("parameters", "IdempotencyKey"));
                let operation = Operation { id: step.as_str(), summary, parameters, answers };
                self.writing(operation, &requested.body, example)
            }
            Route::Read { step, path, entity } => {
                let Some(entity) = self.entity(entity) else { return Value::Null };
                let parameters = self.of_row(entity, path, params);
                let answers = vec![(200, "The row.".to_owned(), row(&entity.ident))];
                let summary = format!("One `{}`.", entity.name);
                reading(Operation { id: step.as_str(), summary, parameters, answers }, Some("404"))
            }
            Route::List { step, path, entity } => {
                let Some(entity) = self.entity(entity) else { return Value::Null };
                let mut parameters = self.of_row(entity, path, params);
                parameters.extend(self.of_page(entity, path));
                let rows = json!({ "type": "array", "items": row(&entity.ident) });
                let answers = vec![(200, "The rows, in the order of their keys.".to_owned(), rows)];
                let summary = format!("A page of `{}`.", entity.name);
                reading(Operation { id: step.as_str(), summary, parameters, answers }, None)
            }
        }
    }

    fn entity(&self, ident: &Ident) -> Option<&Entity> {
        self.service.entities.iter().find(|entity| entity.ident == *ident)
    }

    /// The parameters of a path to rows: each is the key, or a field.
    fn of_row(&self, entity: &Entity, path: &str, called: &[&str]) -> Vec<Value> {
        let of_path = names(path).into_iter().zip(called);
        let of_path = of_path.map(|(field, name)| {
            let column = entity.columns.iter().find(|column| column.wire == field);
            in_path(name, self.value(entity, column.unwrap_or(entity.key())))
        });
        of_path.collect()
    }

    /// The parameters of a page: where it begins, how long it is, and the values that fields have.
    fn of_page(&self, entity: &Entity, path: &str) -> Vec<Value> {
        let fixed = names(path);
        let asked = entity.columns.iter().filter(|column| {
            let name = column.wire.as_str();
            !fixed.contains(&name) && !["after", "limit"].contains(&name) && is_spelt(&column.ty)
        });
        let of_field = asked.map(|column| {
            let about = format!("Only rows whose `{}` has this value.", column.wire);
            in_query(&column.wire, &about, self.value(entity, column))
        });
        let after = in_query("after", "The key before the first row.", self.value(entity, entity.key()));
        [after, reference("parameters", "Limit")].into_iter().chain(of_field).collect()
    }

    /// The schema of a field's value, which is there.
    fn value(&self, entity: &Entity, column: &Column) -> Value {
        match &column.ty {
            ColumnType::Value(RustType::Optional(inner)) => self.schemas.of(inner),
            _ => self.schemas.column(entity, column),
        }
    }

    /// What a request that writes does, and how it is answered.
    fn written(&self, variant: &Ident) -> (String, Vec<Answer>) {
        let own = self.service.requests.iter().find(|request| request.requested.variant == *variant);
        if let Some(request) = own {
            return (sentence(&request.summary), self.answers(request));
        }
        let mut asked = self.service.asked();
        let asked = asked.find(|(_, asked)| asked.requested.variant == *variant);
        let Some((step, asked)) = asked else { return (String::new(), Vec::new()) };
        let shown = asked
            .shows
            .as_ref()
            .and_then(|shown| self.service.tables.iter().find(|table| table.field == shown.table));
        let answer = shown.map_or_else(done, |table| changed(&table.entity));
        (sentence(&step.run.summary), vec![answer])
    }

    fn answers(&self, request: &RequestStep) -> Vec<Answer> {
        let single = |changed: &&Changed| !changed.row.is_many();
        let mut answers = match (&request.creates, request.changes.first().filter(single)) {
            (Some(creates), _) => vec![(201, "The new row.".to_owned(), row(&creates.row.of))],
            (None, Some(one)) => vec![changed(&one.row.entity)],
            (None, None) => vec![done()],
        };
        // A row that is as the request wants it is shown.
        let moves = |changed: &&Changed| changed.guard.as_ref().is_some_and(|guard| guard.to.is_some());
        let shown = request.changes.iter().filter(single).find(moves).map(|one| changed(&one.row.entity));
        let refused = request.failure.is_some().then(done);
        for answer in shown.into_iter().chain(refused) {
            if answers.iter().all(|(status, ..)| *status != answer.0) {
                answers.push(answer);
            }
        }
        answers
    }

    fn writing(&self, operation: Operation<'_>, body: &Ident, example: &str) -> Value {
        let fields = self.service.bodies.iter().find(|known| known.ident == *body);
        let is_required = |body: &Body| body.fields.iter().any(|field| !field.ty.is_optional());
        let mut content = json!({ "schema": { "$ref": format!("{PLACE}{}", body.bare()) } });
        if let Ok(example) = serde_json::from_str::<Value>(example) {
            content["example"] = example;
        }
        let refused = ["400", "404", "409", "413", "415", "422", "500", "503"];
        let mut written = operation.document(&refused);
        written["requestBody"] = json!({
            "required": fields.is_some_and(is_required),
            "content": { "application/json": content },
        });
        written
    }
}

/// A status, what it says, and the schema of its body, if there is one.
type Answer = (u16, String, Value);

fn done() -> Answer {
    (204, "Done.".to_owned(), Value::Null)
}

fn changed(entity: &Ident) -> Answer {
    (200, "The row.".to_owned(), row(entity))
}

fn row(entity: &Ident) -> Value {
    json!({ "$ref": format!("{PLACE}{}", entity.bare()) })
}

struct Operation<'a> {
    id: &'a str,
    summary: String,
    parameters: Vec<Value>,
    answers: Vec<Answer>,
}

impl Operation<'_> {
    fn document(self, refused: &[&str]) -> Value {
        let mut responses = Map::new();
        for (status, about, schema) in self.answers {
            let mut response = json!({ "description": about });
            if !schema.is_null() {
                response["content"] = json!({ "application/json": { "schema": schema } });
            }
            if status == 201 {
                response["headers"] = json!({ "Location": {
                    "description": "The path of the row, if a route reads it.",
                    "schema": { "type": "string", "format": "uri-reference" },
                } });
            }
            responses.insert(status.to_string(), response);
        }
        let refused = refused.iter().map(|status| (*status, format!("Status{status}")));
        responses.extend(refused.map(|(status, name)| (status.to_owned(), reference("responses", &name))));
        responses.insert("default".to_owned(), reference("responses", "Problem"));
        json!({
            "operationId": self.id,
            "summary": self.summary,
            "parameters": self.parameters,
            "responses": responses,
        })
    }
}

fn reading(operation: Operation<'_>, missing: Option<&str>) -> Value {
    let refused: Vec<&str> = ["400"].into_iter().chain(missing).chain(["503"]).collect();
    operation.document(&refused)
}

/// Whether a query can say such a value: a record and a list cannot stand there.
fn is_spelt(ty: &ColumnType) -> bool {
    match ty {
        ColumnType::Key(ty) | ColumnType::Value(ty) => match ty {
            RustType::Optional(inner) => !matches!(**inner, RustType::Record(_) | RustType::List(_)),
            ty => !matches!(ty, RustType::Record(_) | RustType::List(_)),
        },
        ColumnType::Status(_) => true,
    }
}

fn in_path(name: &str, schema: Value) -> Value {
    json!({ "name": name, "in": "path", "required": true, "schema": schema })
}

fn in_query(name: &str, about: &str, schema: Value) -> Value {
    json!({ "name": name, "in": "query", "description": about, "schema": schema })
}

fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

fn sentence(summary: &str) -> String {
    let mut characters = summary.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", characters.as_str())
}
