//! The table of functions. What is not in it is not supported.

mod calendar;
mod conversion;
mod histogram;
mod info;
mod labels;
mod math;
mod native;
mod over_time;
mod presence;
mod rates;
mod sorting;
mod trends;

use super::PromqlError;
use super::evaluate::Evaluator;
use super::program::Node;
use super::value::{Element, Point, Value, Window};

pub struct Function {
    pub name: &'static str,
    call: Call,
    /// Leaves the metric's name on, as the values still are the metric's own.
    keeps_name: bool,
    /// Its elements may have labels that no series has.
    pub makes_labels: bool,
}

/// The shapes that functions have.
enum Call {
    /// Of each element that is a number.
    Each(fn(f64) -> f64),
    /// Of each window's numbers; its histograms are passed over.
    Over(fn(&Window<'_>) -> Option<f64>),
    /// Of the numbers of each window, with scalars before or after it.
    OverWith(fn(&Window<'_>, &[f64]) -> Result<Option<f64>, PromqlError>),
    /// Of each window, whatever it has.
    OverAll(fn(&Window<'_>) -> Outcome),
    /// Of each window with two samples or more.
    OverTwo(fn(&Window<'_>) -> Outcome),
    /// Of its arguments, in its own way.
    Own(Own),
}

/// What a window comes to: nothing, a value, or nothing for a reason.
pub type Outcome = Result<Option<Point>, &'static str>;

type Own = for<'s> fn(&mut Evaluator<'s>, &'s [Node], i64) -> Result<Value<'s>, PromqlError>;

const fn function(name: &'static str, call: Call) -> Function {
    Function { name, call, keeps_name: false, makes_labels: false }
}

const fn labelling(name: &'static str, call: Own) -> Function {
    Function { name, call: Call::Own(call), keeps_name: true, makes_labels: true }
}

static TABLE: &[Function] = &[
    function("abs", Call::Each(f64::abs)),
    labelling("absent", presence::absent),
    labelling("absent_over_time", presence::absent_over_time),
    function("acos", Call::Each(f64::acos)),
    function("acosh", Call::Each(f64::acosh)),
    function("asin", Call::Each(f64::asin)),
    function("asinh", Call::Each(f64::asinh)),
    function("atan", Call::Each(f64::atan)),
    function("atanh", Call::Each(f64::atanh)),
    function("avg_over_time", Call::OverAll(over_time::avg)),
    function("ceil", Call::Each(f64::ceil)),
    function("changes", Call::OverAll(rates::changes)),
    function("clamp", Call::Own(math::clamp)),
    function("clamp_max", Call::Own(math::clamp_max)),
    function("clamp_min", Call::Own(math::clamp_min)),
    function("cos", Call::Each(f64::cos)),
    function("cosh", Call::Each(f64::cosh)),
    function("count_over_time", Call::OverAll(over_time::count)),
    function("day_of_month", Call::Own(calendar::day_of_month)),
    function("day_of_week", Call::Own(calendar::day_of_week)),
    function("day_of_year", Call::Own(calendar::day_of_year)),
    function("days_in_month", Call::Own(calendar::days_in_month)),
    function("deg", Call::Each(math::degrees)),
    function("delta", Call::OverTwo(rates::delta)),
    function("deriv", Call::Over(trends::deriv)),
    function("double_exponential_smoothing", Call::OverWith(trends::double_exponential_smoothing)),
    function("end", Call::Own(conversion::end)),
    function("exp", Call::Each(f64::exp)),
    Function { keeps_name: true, ..function("first_over_time", Call::OverAll(over_time::first)) },
    function("floor", Call::Each(f64::floor)),
    function("histogram_avg", Call::Own(native::avg)),
    function("histogram_count", Call::Own(native::count)),
    function("histogram_fraction", Call::Own(histogram::fraction)),
    function("histogram_quantile", Call::Own(histogram::quantile)),
    labelling("histogram_quantiles", histogram::quantiles),
    function("histogram_stddev", Call::Own(native::stddev)),
    function("histogram_stdvar", Call::Own(native::stdvar)),
    function("histogram_sum", Call::Own(native::sum)),
    function("hour", Call::Own(calendar::hour)),
    function("idelta", Call::OverTwo(rates::idelta)),
    function("increase", Call::OverTwo(rates::increase)),
    labelling("info", info::info),
    function("irate", Call::OverTwo(rates::irate)),
    labelling("label_join", labels::join),
    labelling("label_replace", labels::replace),
    Function { keeps_name: true, ..function("last_over_time", Call::OverAll(over_time::last)) },
    function("ln", Call::Each(f64::ln)),
    function("log10", Call::Each(f64::log10)),
    function("log2", Call::Each(f64::log2)),
    function("mad_over_time", Call::Over(over_time::mad)),
    function("max_of", Call::Own(math::max_of)),
    function("max_over_time", Call::Over(over_time::max)),
    function("min_of", Call::Own(math::min_of)),
    function("min_over_time", Call::Over(over_time::min)),
    function("minute", Call::Own(calendar::minute)),
    function("month", Call::Own(calendar::month)),
    function("pi", Call::Own(conversion::pi)),
    function("predict_linear", Call::OverWith(trends::predict_linear)),
    function("present_over_time", Call::OverAll(over_time::present)),
    function("quantile_over_time", Call::OverWith(over_time::quantile)),
    function("rad", Call::Each(math::radians)),
    function("range", Call::Own(conversion::range)),
    function("rate", Call::OverTwo(rates::rate)),
    function("resets", Call::OverAll(rates::resets)),
    function("round", Call::Own(math::round)),
    function("scalar", Call::Own(conversion::scalar)),
    function("sgn", Call::Each(math::sign)),
    function("sin", Call::Each(f64::sin)),
    function("sinh", Call::Each(f64::sinh)),
    function("sort", Call::Own(sorting::sort)),
    Function { keeps_name: true, ..function("sort_by_label", Call::Own(sorting::sort_by_label)) },
    Function { keeps_name: true, ..function("sort_by_label_desc", Call::Own(sorting::sort_by_label_desc)) },
    function("sort_desc", Call::Own(sorting::sort_desc)),
    function("sqrt", Call::Each(f64::sqrt)),
    function("start", Call::Own(conversion::start)),
    function("stddev_over_time", Call::Over(over_time::stddev)),
    function("stdvar_over_time", Call::Over(over_time::stdvar)),
    function("step", Call::Own(conversion::step)),
    function("sum_over_time", Call::OverAll(over_time::sum)),
    function("tan", Call::Each(f64::tan)),
    function("tanh", Call::Each(f64::tanh)),
    function("time", Call::Own(conversion::time)),
    function("timestamp", Call::Own(conversion::timestamp)),
    function("ts_of_first_over_time", Call::OverAll(over_time::ts_of_first)),
    function("ts_of_last_over_time", Call::OverAll(over_time::ts_of_last)),
    function("ts_of_max_over_time", Call::Over(over_time::ts_of_max)),
    function("ts_of_min_over_time", Call::Over(over_time::ts_of_min)),
    labelling("vector", conversion::vector),
    function("year", Call::Own(calendar::year)),
];

/// The names of all.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|function| function.name)
}

pub fn find(name: &str) -> Option<&'static Function> {
    TABLE.iter().find(|function| function.name == name)
}

/// Calls a function of the table.
pub fn call<'s>(
    evaluator: &mut Evaluator<'s>,
    function: &'static Function,
    arguments: &'s [Node],
    now: i64,
) -> Result<Value<'s>, PromqlError> {
    match function.call {
        Call::Own(own) => own(evaluator, arguments, now),
        Call::Each(each) => {
            let changed = |element: Element| {
                let value = each(element.value);
                element.changed(value)
            };
            Ok(Value::floats(floats(evaluator, arguments, 0, now)?.into_iter().map(changed).collect()))
        }
        _ => over(evaluator, function, arguments, now),
    }
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

fn over<'s>(
    evaluator: &mut Evaluator<'s>,
    function: &'static Function,
    arguments: &'s [Node],
    now: i64,
) -> Result<Value<'s>, PromqlError> {
    let mut windows = Vec::new();
    let mut scalars = Vec::new();
    for argument in arguments {
        match evaluator.node(argument, now)? {
            Value::Scalar(scalar) => scalars.push(scalar),
            other => windows = other.into_windows()?,
        }
    }
    let mut elements = Vec::with_capacity(windows.len());
    let counts = matches!(function.name, "rate" | "irate" | "increase");
    for window in windows {
        if counts {
            evaluator.note_resets(window.value.windows(2).filter(|two| two[1] < two[0]).count());
        }
        let value = match function.call {
            Call::Over(_) | Call::OverWith(_) if window.at.is_empty() => {
                evaluator.note_omission("a function of numbers was given histograms");
                None
            }
            Call::Over(over) => over(&window).map(Point::Float),
            Call::OverWith(over) => over(&window, &scalars)?.map(Point::Float),
            Call::OverTwo(_) if window.len() < 2 => {
                evaluator.note_short_window();
                None
            }
            Call::OverTwo(over) | Call::OverAll(over) => over(&window).unwrap_or_else(|why| {
                evaluator.note_omission(why);
                None
            }),
            Call::Each(_) | Call::Own(_) => None,
        };
        if let Some(value) = value {
            elements.push(Element {
                labels: window.labels,
                value,
                drop_name: window.drop_name || !function.keeps_name,
            });
        }
    }
    Ok(Value::Vector(elements))
}

fn vector<'s>(
    evaluator: &mut Evaluator<'s>,
    arguments: &'s [Node],
    index: usize,
    now: i64,
) -> Result<Vec<Element<Point>>, PromqlError> {
    argument(evaluator, arguments, index, now)?.into_vector()
}

/// The elements that are numbers. As in Prometheus, the functions of numbers pass over histograms.
fn floats<'s>(
    evaluator: &mut Evaluator<'s>,
    arguments: &'s [Node],
    index: usize,
    now: i64,
) -> Result<Vec<Element>, PromqlError> {
    let elements = vector(evaluator, arguments, index, now)?;
    let all = elements.len();
    let floats: Vec<Element> = elements.into_iter().filter_map(Element::into_float).collect();
    if floats.len() < all {
        evaluator.note_omission("a function of numbers was given histograms");
    }
    Ok(floats)
}

fn argument<'s>(
    evaluator: &mut Evaluator<'s>,
    arguments: &'s [Node],
    index: usize,
    now: i64,
) -> Result<Value<'s>, PromqlError> {
    let node = arguments.get(index);
    let node = node.ok_or_else(|| PromqlError::BadParameter("the function has too few arguments".into()))?;
    evaluator.node(node, now)
}

fn text(arguments: &[Node], index: usize) -> Result<String, PromqlError> {
    match arguments.get(index) {
        Some(Node::Text(text)) => Ok(text.clone()),
        _ => Err(PromqlError::BadParameter("the argument must be a string".into())),
    }
}
