//! Records as CEL values: maps in the order of their names, which remember what was read and is missing.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use cel_interpreter::ExecutionError;
use cel_interpreter::common::traits::{Container, Indexer, Iterable, Iterator, Sizer};
use cel_interpreter::common::types::{
    CelBool, CelDouble, CelInt, CelList, CelNull, CelString, MAP_TYPE, Type,
};
use cel_interpreter::common::value::{CowVal, StaticVal, Val};

use super::functions;
use super::value::{Absent, Record, Value};

/// What was read although it is missing, in the words in which it was read.
#[derive(Debug, Clone, Default)]
pub(super) struct Missed(Arc<Mutex<BTreeSet<String>>>);

/// A record that knows how it is called.
#[derive(Debug, Clone)]
pub(super) struct RecordVal(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: String,
    /// In the order of the names.
    fields: Vec<Field>,
    absent: Absent,
    missed: Missed,
}

type Field = (CelString<'static>, Box<dyn Val>);

struct Names<'b>(std::slice::Iter<'b, Field>);

impl Missed {
    pub(super) fn take(&self) -> Vec<String> {
        let mut missed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *missed).into_iter().collect()
    }

    fn add(&self, path: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(path);
    }
}

/// A value as CEL has it; `path` is how it is read.
pub(super) fn to_cel(value: &Value, path: &str, missed: &Missed) -> Box<dyn Val> {
    match value {
        Value::Bool(value) => Box::new(CelBool::from(*value)),
        Value::Int(value) => Box::new(CelInt::from(*value)),
        Value::Double(value) => Box::new(CelDouble::from(*value)),
        Value::Text(value) => Box::new(CelString::from(value.clone())),
        Value::Texts(values) => {
            let texts: Vec<Box<dyn Val>> = values.iter().map(|text| text_to_cel(text)).collect();
            Box::new(CelList::from(texts))
        }
        // A time that CEL has no room for (before year 1) can not come from a clock.
        Value::Time(time) => functions::timestamp(*time).unwrap_or_else(|| Box::new(CelNull)),
        Value::Record(record) => Box::new(RecordVal::new(record, path, missed)),
    }
}

/// How a field of something is read: `metrics["errors.rate"]`, `checks.errors`.
fn field_path(path: &str, field: &str) -> String {
    let is_name = field.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !field.starts_with(|first: char| first.is_ascii_digit());
    if is_name { format!("{path}.{field}") } else { format!("{path}[\"{field}\"]") }
}

fn text_to_cel(text: &str) -> Box<dyn Val> {
    Box::new(CelString::from(text.to_owned()))
}

impl RecordVal {
    fn new(record: &Record, path: &str, missed: &Missed) -> Self {
        let field = |(name, value): (&String, &Value)| {
            (CelString::from(name.clone()), to_cel(value, &field_path(path, name), missed))
        };
        Self(Arc::new(Inner {
            path: path.to_owned(),
            fields: record.fields.iter().map(field).collect(),
            absent: record.absent.clone(),
            missed: missed.clone(),
        }))
    }

    fn find(&self, name: &str) -> Option<&(dyn Val + 'static)> {
        let index = self.0.fields.binary_search_by(|(field, _)| field.inner().cmp(name)).ok()?;
        Some(self.0.fields[index].1.as_ref())
    }

    fn name_of<'k>(&self, key: &'k dyn Val) -> Result<&'k str, ExecutionError> {
        key.downcast_ref::<CelString<'_>>().map(CelString::inner).ok_or_else(|| {
            let got = key.get_type().name().to_owned();
            ExecutionError::UnexpectedType { got, want: String::from("string") }
        })
    }
}

impl Val for RecordVal {
    fn get_type(&self) -> &Type {
        &MAP_TYPE
    }

    fn cel_type() -> &'static Type {
        &MAP_TYPE
    }

    fn as_container(&self) -> Option<&dyn Container> {
        Some(self)
    }

    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn as_iterable<'b, 'v>(&'b self) -> Option<&'b (dyn Iterable + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn as_sizer(&self) -> Option<&dyn Sizer> {
        Some(self)
    }

    fn equals(&self, other: &dyn Val) -> bool {
        other.downcast_ref::<Self>().is_some_and(|other| {
            let (mine, others) = (&self.0.fields, &other.0.fields);
            let same = |((name, value), (other_name, other)): (&Field, &Field)| {
                name == other_name && value.equals(other.as_ref())
            };
            mine.len() == others.len() && mine.iter().zip(others).all(same)
        })
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(self.clone())
    }

    fn as_any(&self) -> Option<&dyn std::any::Any> {
        Some(self)
    }
}

impl StaticVal for RecordVal {}

impl Indexer for RecordVal {
    fn get<'b, 'v>(&'b self, key: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let name = self.name_of(key)?;
        if let Some(value) = self.find(name) {
            return Ok(CowVal::Borrowed(value));
        }
        let path = field_path(&self.0.path, name);
        if self.0.absent != Absent::Mistake {
            self.0.missed.add(path.clone());
        }
        Err(ExecutionError::no_such_key(&path))
    }

    fn steal<'v>(self: Box<Self>, key: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        self.get(key).map(CowVal::into_owned)
    }
}

impl Container for RecordVal {
    fn contains(&self, key: &dyn Val) -> Result<bool, ExecutionError> {
        Ok(self.find(self.name_of(key)?).is_some())
    }
}

impl Sizer for RecordVal {
    fn size(&self) -> CelInt {
        CelInt::from(i64::try_from(self.0.fields.len()).unwrap_or(i64::MAX))
    }
}

impl Iterable for RecordVal {
    /// Who goes through everything reads what is missing too: `all` over nothing would pass.
    fn iter<'b, 'v>(&'b self) -> Box<dyn Iterator<'b, 'v> + 'b>
    where
        Self: 'v,
    {
        if let Absent::Missing(known) = &self.0.absent {
            let unknown = known.iter().filter(|name| self.find(name).is_none());
            unknown.for_each(|name| self.0.missed.add(field_path(&self.0.path, name)));
        }
        Box::new(Names(self.0.fields.iter()))
    }
}

impl<'b, 'v> Iterator<'b, 'v> for Names<'b> {
    fn next(&mut self) -> Option<&'b (dyn Val + 'v)> {
        self.0.next().map(|(name, _)| name as &dyn Val)
    }
}
