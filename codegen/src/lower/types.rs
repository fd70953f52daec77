//! The types of the file as types of the contracts.

use crate::lower::{event, rust_type};
use crate::model::{Choice, Ident, Role, Shape, SharedType};
use crate::resolved::{Declared, Entity, Resolved, Type, TypeDef, TypeShape};

pub(super) fn lower(spec: &Resolved) -> Vec<SharedType> {
    spec.types().iter().map(|def| shared(spec, def)).collect()
}

fn shared(spec: &Resolved, def: &TypeDef) -> SharedType {
    let ident = Ident::declared(&def.name);
    let is_this = |ty: &Type| matches!(ty.required(), Type::Declared(Declared { id, .. }) if *id == def.id);
    let key = spec.entities().iter().map(Entity::key_type).any(is_this);
    let held = spec.entities().iter().flat_map(|entity| &entity.fields).any(|field| is_this(&field.ty));
    let shape = match &def.shape {
        TypeShape::Record(fields) => {
            let fields = fields.iter().map(|field| {
                let name = field.name.as_str();
                event::field(Ident::snake(name), name, rust_type(&field.ty), Role::Value)
            });
            Shape::Record(fields.collect())
        }
        TypeShape::Enum(values) => {
            let variants = values.iter().map(|value| (Ident::upper_camel(value.as_str()), value.clone()));
            Shape::Enum(Choice { ident: ident.clone(), variants: variants.collect(), key })
        }
    };
    SharedType { name: def.name.clone(), ident, shape, stored: key || held }
}
