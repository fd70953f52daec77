//! The HTTP interface of a service, as OpenAPI 3.1.

mod operations;
mod shared;

use serde_json::{Map, Value, json};

use super::schema::Schemas;
use crate::model::{ColumnType, Model, Route, RustType, Service, VERSION};
use operations::Operations;

/// Where a document keeps its schemas.
const PLACE: &str = "#/components/schemas/";

pub(super) fn document(model: &Model, service: &Service) -> Value {
    let operations = Operations { service, schemas: Schemas { model, place: PLACE } };
    let mut paths: Map<String, Value> = Map::new();
    for route in &service.routes {
        let (path, method) = (route.path(), route.method());
        // Routes of one path may call its parameters differently, which a document may not.
        let alike = paths.keys().find(|known| shape(known) == shape(path));
        let path = alike.cloned().unwrap_or_else(|| path.to_owned());
        let operation = operations.of(route, &names(&path));
        let item = paths.entry(path).or_insert_with(|| Value::Object(Map::new()));
        item[method] = operation;
    }
    paths.extend(shared::health());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": service.name.as_str(),
            "version": VERSION,
            "description": format!("The service `{}` of the saga `{}`.", service.name, model.saga),
        },
        "servers": [{ "url": format!("http://localhost:{}", service.port) }],
        "paths": paths,
        "components": {
            "schemas": schemas(service, &operations.schemas),
            "parameters": shared::parameters(),
            "responses": shared::responses(),
        },
    })
}

/// Rows, bodies, and what they are made of.
fn schemas(service: &Service, schemas: &Schemas<'_>) -> Map<String, Value> {
    let columns = service.entities.iter().flat_map(|entity| &entity.columns);
    let columns = columns.filter_map(|column| match &column.ty {
        ColumnType::Key(ty) | ColumnType::Value(ty) => Some(ty),
        ColumnType::Status(_) => None,
    });
    let bodies = service.bodies.iter().flat_map(|body| &body.fields).map(|field| &field.ty);
    let params = service.routes.iter().flat_map(params);
    let mut all = schemas.named(columns.chain(bodies).chain(params));
    for entity in &service.entities {
        all.insert(entity.ident.bare().to_owned(), schemas.row(entity));
    }
    for body in &service.bodies {
        let fields = body.fields.iter().map(|field| (field, None));
        all.insert(body.ident.bare().to_owned(), schemas.object(body.ident.bare(), fields));
    }
    all
}

fn params(route: &Route) -> impl Iterator<Item = &RustType> {
    let params = match route {
        Route::Write { requested, .. } => requested.params.as_slice(),
        Route::Create { .. } | Route::Read { .. } | Route::List { .. } => &[],
    };
    params.iter().map(|param| &param.ty)
}

/// A path without the names of its parameters.
fn shape(path: &str) -> Vec<Option<&str>> {
    let name = |segment: &str| segment.starts_with('{');
    path.split('/').map(|segment| (!name(segment)).then_some(segment)).collect()
}

/// The parameters of a path.
fn names(path: &str) -> Vec<&str> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')).collect()
}
