//! What do the bindings hold? Read from the library, so that it cannot differ from what is called.
//!
//! - `describe LIBRARY`: every type, function and argument, a line each; `bindings/api.txt` records
//!   it, and a test fails when the two differ;
//! - `describe --errors LIBRARY`: the table of errors of the packages' README.
#![allow(clippy::print_stdout, reason = "it is a command")]

use std::process::ExitCode;

use riposte::facade::Error;
use riposte::model::{Phrase, PhraseKey};
use uniffi_bindgen::interface::{Argument, Callable, DefaultValue, Enum, Field, Method, Type};
use uniffi_bindgen::{BindgenLoader, BindgenPaths, ComponentInterface, GlobalConfig};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (write, library): (fn(&ComponentInterface) -> Vec<String>, _) = match arguments.as_slice() {
        [library] => (api, library),
        [flag, library] if flag == "--errors" => (errors, library),
        _ => {
            eprintln!("usage: describe [--errors] LIBRARY");
            return ExitCode::from(2);
        }
    };
    let loader = BindgenLoader::new(BindgenPaths::default(), GlobalConfig::default());
    let read = loader.load_metadata(camino::Utf8Path::new(library)).and_then(|metadata| loader.load_cis(metadata));
    match read {
        Ok(parts) => {
            let lines: Vec<String> = parts.iter().flat_map(write).collect();
            println!("{}", lines.join("\n"));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{library}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A type a paragraph, in the order of their names.
fn api(interface: &ComponentInterface) -> Vec<String> {
    let functions = interface.function_definitions().iter().map(|function| callable("function ", "", function));
    let objects = interface.object_definitions().iter().map(|object| {
        let kind = if object.has_callback_interface() { "trait" } else { "object" };
        let made = object.constructors().into_iter().map(|made| callable("  constructor ", made.name(), made));
        let methods = object.methods().into_iter().map(method);
        paragraph(format!("{kind} {}", object.name()), made.chain(methods))
    });
    let records = interface
        .record_definitions()
        .iter()
        .map(|record| paragraph(format!("record {}", record.name()), record.fields().iter().map(|f| field("  ", f))));
    let enums = interface.enum_definitions().iter().map(|of| {
        let kind = if interface.is_name_used_as_error(of.name()) { "error" } else { "enum" };
        let variants = of.variants().iter().map(|variant| {
            let fields: Vec<String> = variant.fields().iter().map(|f| field("", f)).collect();
            format!(
                "  {}{}",
                variant.name(),
                if fields.is_empty() { String::new() } else { format!("({})", fields.join(", ")) }
            )
        });
        paragraph(format!("{kind} {}", of.name()), variants.chain(of.methods().iter().map(method)))
    });
    let mut custom: Vec<String> = interface
        .iter_local_types()
        .filter_map(|of| match of {
            Type::Custom { name, builtin, .. } => Some(format!("custom {name} = {}", written(builtin))),
            _ => None,
        })
        .collect();
    custom.sort();
    let mut paragraphs: Vec<String> = functions.chain(objects).chain(records).chain(enums).collect();
    paragraphs.sort();
    custom.into_iter().chain([String::new()]).chain(paragraphs).collect()
}

fn paragraph(head: String, lines: impl Iterator<Item = String>) -> String {
    std::iter::once(head).chain(lines).map(|line| line + "\n").collect()
}

fn method(method: &Method) -> String {
    callable("  ", method.name(), method)
}

fn callable(before: &str, name: &str, of: &dyn Callable) -> String {
    let arguments: Vec<String> = of.arguments().into_iter().map(argument).collect();
    let is_async = if of.is_async() { "async " } else { "" };
    let gives = of.return_type().map(|gives| format!(" -> {}", written(gives))).unwrap_or_default();
    let throws = of.throws_type().map(|throws| format!(" throws {}", written(throws))).unwrap_or_default();
    format!("{before}{is_async}{name}({}){gives}{throws}", arguments.join(", "))
}

fn argument(argument: &Argument) -> String {
    format!("{}: {}", argument.name(), written(&uniffi_bindgen::interface::AsType::as_type(argument)))
}

fn field(before: &str, field: &Field) -> String {
    let name = if field.name().is_empty() { String::new() } else { format!("{}: ", field.name()) };
    let default = match field.default_value() {
        None => String::new(),
        Some(DefaultValue::Default) => " = default".to_owned(),
        Some(DefaultValue::Literal(literal)) => format!(" = {literal:?}"),
    };
    format!("{before}{name}{}{default}", written(&uniffi_bindgen::interface::AsType::as_type(field)))
}

fn written(of: &Type) -> String {
    match of {
        Type::Optional { inner_type } => format!("{}?", written(inner_type)),
        Type::Sequence { inner_type } => format!("[{}]", written(inner_type)),
        Type::Map { key_type, value_type } => format!("{{{}: {}}}", written(key_type), written(value_type)),
        named => named.name().map_or_else(|| format!("{named:?}").to_lowercase(), str::to_owned),
    }
}

/// One line an error, with what its documentation says of it.
fn errors(interface: &ComponentInterface) -> Vec<String> {
    let head = ["| error | code | again later? | what it means |".to_owned(), "|---|---|---|---|".to_owned()];
    let table = interface.get_enum_definition("RiposteError").map(rows).unwrap_or_default();
    head.into_iter().chain(table).collect()
}

fn rows(errors: &Enum) -> Vec<String> {
    let refused =
        Error::Refused { code: String::new(), detail: String::new(), phrase: Phrase::new(PhraseKey::WindowClosed) };
    let detail = String::new;
    let all = [
        Error::Offline,
        Error::SignedOut,
        Error::Locked,
        Error::Paused,
        Error::NotFound,
        refused,
        Error::Full,
        Error::Storage { detail: detail() },
        Error::Bug { detail: detail() },
    ];
    // One of each, in the order of the enum: a new one has to be added here.
    assert_eq!(errors.variants().len(), all.len(), "describe does not know every error");
    let row = |(variant, error): (&uniffi_bindgen::interface::Variant, &Error)| {
        let code = error.error_code();
        let code = if code.is_empty() { "the protocol's".to_owned() } else { format!("`{code}`") };
        let again = if error.retryable() { "yes" } else { "no" };
        let docs = variant.docstring().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        format!("| `{}` | {code} | {again} | {} |", variant.name(), plain(&docs))
    };
    errors.variants().iter().zip(&all).map(row).collect()
}

/// A documentation's link is written as its words.
fn plain(docs: &str) -> String {
    let mut out = String::new();
    let mut rest = docs;
    while let Some((before, after)) = rest.split_once("[`") {
        let Some((words, link)) = after.split_once("`]") else { break };
        out += before;
        out += &format!("`{}`", words.replace("::", "."));
        rest = match link.strip_prefix('(').and_then(|link| link.split_once(')')) {
            Some((_, rest)) => rest,
            None => link,
        };
    }
    out + rest
}
