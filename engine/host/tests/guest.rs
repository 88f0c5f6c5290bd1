//! Small components, written as core modules in text and wrapped by the contract's WIT.

use std::fmt::Write;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::image::{BASE, Image, pass, roll_back, step};

const WIT: &str = include_str!("../../../sdk/wit/0.1.0/plugin.wit");

/// A component in the making: a plugin that is healthy until a test changes it.
#[derive(Debug, Clone)]
pub struct Guest {
    world: &'static str,
    interface: &'static str,
    function: &'static str,
    /// The contract, as this plugin understands it.
    pub wit: String,
    /// Packages that the contract does not have.
    pub others: Vec<&'static str>,
    /// Imports and functions of the module.
    pub module: String,
    /// What the call does; its parameter is `$input`, its result a pointer to the output.
    pub call: String,
    /// What `describe` does.
    pub describing: String,
    /// What lies in memory at [`BASE`].
    pub output: Image,
    /// What `describe` returns, in memory at [`DESCRIBED`].
    pub description: Image,
    /// Pages of memory.
    pub pages: u32,
}

/// Imports of the contract that a body may call.
pub const LOG: &str = r#"(import "sluice:plugin/log@0.1.0" "log" (func $log (param i32 i32 i32)))"#;
pub const QUERY: &str = r#"(import "sluice:plugin/metrics@0.1.0" "query"
    (func $query (param i32 i32 i32 i32 i32 i64 i64 i32 i32 i32)))"#;

/// Where the description lies.
pub const DESCRIBED: u32 = 65_536;

/// `result<description, list<config-error>>`: a name, a version, a schema, and one query. Behind it in memory
/// lies the same query again, so that a test can say that there are two.
pub fn described(name: &str, schema: &str) -> Image {
    let image = Image::at(DESCRIBED, 152).text(4, name).text(12, "1.2.3").text(28, schema);
    let one = image.text(56, "errors").text(64, "sum(errors)").word(36, DESCRIBED + 56).word(40, 1);
    one.text(104, "errors").text(112, "sum(errors)")
}

/// `result<description, list<config-error>>`: one problem.
pub fn problem(path: &str, message: &str) -> Image {
    let texts = Image::at(DESCRIBED, 32).byte(0, 1).text(16, path).text(24, message);
    texts.word(4, DESCRIBED + 16).word(8, 1)
}

/// Says pass with a score of 0.5, for the reason `all is well`.
pub fn health_check() -> Guest {
    Guest::new("health-check", "health-check-api", "judge", pass("all is well"))
}

/// Proposes a step that gives the candidate all traffic, on two instances.
pub fn strategy() -> Guest {
    Guest::new("strategy", "strategy-api", "next", step(2, 1000))
}

/// Goes back at once, for the reason `enough`.
pub fn rollback() -> Guest {
    Guest::new("rollback", "rollback-api", "decide", roll_back("enough"))
}

impl Guest {
    fn new(world: &'static str, interface: &'static str, function: &'static str, output: Image) -> Self {
        Self {
            world,
            interface,
            function,
            wit: WIT.to_owned(),
            others: Vec::new(),
            module: String::new(),
            call: format!("(i32.const {BASE})"),
            describing: format!("(i32.const {DESCRIBED})"),
            output,
            description: described("guest", "{}"),
            pages: 4,
        }
    }

    pub fn answering(mut self, output: Image) -> Self {
        self.output = output;
        self
    }

    /// Does something before it answers.
    pub fn doing(mut self, body: &str) -> Self {
        self.call = format!("{body} (i32.const {BASE})");
        self
    }

    pub fn with(mut self, module: &str) -> Self {
        writeln!(self.module, "{module}").unwrap();
        self
    }

    /// Does something as soon as it is instantiated.
    pub fn starting(self, body: &str) -> Self {
        self.with(&format!("(func $start {body}) (start $start)"))
    }

    /// The component's bytes.
    pub fn component(&self) -> Vec<u8> {
        let mut resolve = Resolve::default();
        for other in &self.others {
            resolve.push_source("other.wit", other).unwrap();
        }
        let package = resolve.push_source("plugin.wit", &self.wit).unwrap();
        let world = resolve.select_world(&[package], Some(self.world)).unwrap();
        let mut module = wat::parse_str(self.text()).unwrap();
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false).unwrap();
        ComponentEncoder::default().module(&module).unwrap().validate(true).encode().unwrap()
    }

    fn text(&self) -> String {
        let version = self.wit.split(['@', ';']).nth(1).unwrap();
        let api = format!("sluice:plugin/{}@{version}", self.interface);
        let Self { function, module, call, describing, output, pages, .. } = self;
        let data = output.data();
        let description = self.description.data();
        format!(
            r#"(module
            {module}
            (memory (export "memory") {pages})
            {data}
            {description}
            (global $next (mut i32) (i32.const 131072))
            (func (export "cabi_realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32)
                (result i32) (local $place i32)
                (local.set $place (i32.and
                    (i32.add (global.get $next) (i32.sub (local.get $align) (i32.const 1)))
                    (i32.sub (i32.const 0) (local.get $align))))
                (global.set $next (i32.add (local.get $place) (local.get $new)))
                (local.get $place))
            (func (export "{api}#describe") (param i32 i32) (result i32) {describing})
            (func $call (export "{api}#{function}") (param $input i32) (result i32) {call}))"#
        )
    }
}
