//! Literals: text in the file, read by the type it is meant for. No number
//! passes through a float.

use crate::diagnostic::one_of;
use crate::names::Value as WireText;
use crate::resolved::{Literal, Type, TypeDef, TypeId, TypeShape};
use crate::yaml::{Node, Scalar, ScalarKind, Value};

/// Reads a literal. The error says what was expected.
pub(super) fn read(node: &Node, ty: &Type, types: &[TypeDef]) -> Result<Literal, String> {
    match ty {
        Type::Optional(_) if node.is_null() => Ok(Literal::Null),
        Type::Optional(inner) => read(node, inner, types),
        Type::List(item) => match &node.value {
            Value::List(items) => {
                let items = items.iter().map(|node| read(node, item, types));
                Ok(Literal::List(items.collect::<Result<_, _>>()?))
            }
            Value::Scalar(_) | Value::Map(_) => Err("a list".to_owned()),
        },
        Type::Declared(named) => declared(node, named.id, types),
        Type::OutcomeOf(..) => Err("no literal".to_owned()),
        scalar => match &node.value {
            Value::Scalar(text) if text.kind != ScalarKind::Null => read_scalar(text, scalar),
            Value::Scalar(_) | Value::List(_) | Value::Map(_) => Err(expected(scalar).to_owned()),
        },
    }
}

fn declared(node: &Node, id: TypeId, types: &[TypeDef]) -> Result<Literal, String> {
    match (&types[id.0].shape, &node.value) {
        (TypeShape::Enum(values), Value::Scalar(text)) => {
            let value = values.iter().find(|value| value.as_str() == text.text);
            let value = value.ok_or_else(|| one_of(values.iter().map(WireText::as_str)))?;
            Ok(Literal::Enum(types[id.0].name.clone(), value.clone()))
        }
        (TypeShape::Enum(values), Value::List(_) | Value::Map(_)) => {
            Err(one_of(values.iter().map(WireText::as_str)))
        }
        (TypeShape::Record(fields), Value::Map(entries)) => {
            let known = |name: &str| fields.iter().any(|field| field.name.as_str() == name);
            if let Some((key, _)) = entries.iter().find(|(key, _)| !known(&key.value)) {
                return Err(format!("a {} without `{}`", types[id.0].name, key.value));
            }
            let mut values = Vec::new();
            for field in fields {
                let entry = entries.iter().find(|(key, _)| key.value == field.name.as_str());
                let value = match entry {
                    Some((_, node)) => field_value(read(node, &field.ty, types)?, &field.ty),
                    None if field.ty.is_optional() => Literal::Null,
                    None => return Err(format!("a {} with `{}`", types[id.0].name, field.name)),
                };
                values.push((field.name.clone(), value));
            }
            Ok(Literal::Record(types[id.0].name.clone(), values))
        }
        (TypeShape::Record(_), Value::Scalar(_) | Value::List(_)) => {
            Err(format!("a mapping with the fields of {}", types[id.0].name))
        }
    }
}

fn field_value(value: Literal, ty: &Type) -> Literal {
    match value {
        Literal::Null => Literal::Null,
        value if ty.is_optional() => Literal::Present(Box::new(value)),
        value => value,
    }
}

fn read_scalar(scalar: &Scalar, ty: &Type) -> Result<Literal, String> {
    let text = scalar.text.as_str();
    let number = scalar.plain && scalar.kind == ScalarKind::Number;
    let literal = match ty {
        Type::Bool if scalar.kind == ScalarKind::Bool => text.parse().ok().map(Literal::Bool),
        Type::I32 if number => text.parse().ok().map(Literal::I32),
        Type::I64(_) if number => text.parse().ok().map(Literal::I64),
        Type::F64 if number => finite(text).then(|| Literal::F64(text.to_owned())),
        Type::String => (!text.contains('\0')).then(|| Literal::String(text.to_owned())),
        Type::Decimal => is_decimal(text).then(|| Literal::Decimal(text.to_owned())),
        Type::Uuid => is_uuid(text).then(|| Literal::Uuid(text.to_lowercase())),
        Type::Timestamp => is_timestamp(text).then(|| Literal::Timestamp(text.to_owned())),
        Type::Date => is_date(text).then(|| Literal::Date(text.to_owned())),
        _ => None,
    };
    literal.ok_or_else(|| expected(ty).to_owned())
}

fn expected(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "`true` or `false`",
        Type::I32 => "a whole number from -2147483648 to 2147483647",
        Type::I64(_) => "a whole number of 64 bits",
        Type::F64 => "a finite number",
        Type::Decimal => "a decimal number of at most 28 digits",
        Type::Uuid => "a UUID such as `3f2504e0-4f89-41d3-9a0c-0305e82c3301`",
        Type::Timestamp => "a time such as `2026-01-31T12:00:00Z`",
        Type::Date => "a day such as `2026-01-31`",
        Type::String => "a text",
        Type::Declared(_) | Type::OutcomeOf(..) | Type::List(_) | Type::Optional(_) => "another value",
    }
}

fn finite(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(f64::is_finite)
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole) && all_digits(fraction) && whole.len() + fraction.len() <= 28
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let hex = |group: &&str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
    lengths == [8, 4, 4, 4, 12] && groups.iter().all(hex)
}

fn is_timestamp(text: &str) -> bool {
    let Some((day, time)) = text.split_once('T') else {
        return false;
    };
    let Some(time) = time.strip_suffix('Z') else {
        return false;
    };
    let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let parts: Vec<Option<u32>> = clock.split(':').map(two_digits).collect();
    let in_range = matches!(parts[..], [Some(hour), Some(minute), Some(second)]
        if hour < 24 && minute < 60 && second < 60);
    let digits = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    is_date(day) && in_range && digits
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else {
        return false;
    };
    let four = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
    let (Some(month), Some(day), true) = (two_digits(month), two_digits(day), four) else {
        return false;
    };
    let year: u32 = year.parse().unwrap_or_default();
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    };
    (1..=12).contains(&month) && (1..=days).contains(&day)
}

fn two_digits(text: &str) -> Option<u32> {
    let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}
