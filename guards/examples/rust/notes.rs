//! A guard for a server of notes: who may see a note decides how secret it is, who wrote it how far it is trusted.

use serde_json::value::RawValue;
use std::alloc::Layout;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;

#[link(wasm_import_module = "env")]
extern "C" {
    fn host_log(level: i32, text: *const u8, size: usize);
    fn call_backend(
        tool: *const u8,
        tool_size: usize,
        args: *const u8,
        args_size: usize,
        out: *mut u8,
        out_size: usize,
    ) -> i32;
}

const WARNING: i32 = 2;
const ERROR: i32 = 3;

const GUARD_ERROR: i32 = -1;
const BUFFER_TOO_SMALL: i32 = -2;
const NO_LABELS: i32 = 0;

/// Values are looked at one by one: what is only passed over is never built.
type Object<'a> = BTreeMap<String, &'a RawValue>;

/// The policy: none until one was accepted.
static EDITORS: Mutex<Option<Vec<String>>> = Mutex::new(None);

#[no_mangle]
pub extern "C" fn alloc(size: usize) -> *mut u8 {
    unsafe { std::alloc::alloc(layout(size)) }
}

/// # Safety
/// The block must be one of `alloc`, of this size.
#[no_mangle]
pub unsafe extern "C" fn dealloc(block: *mut u8, size: usize) {
    std::alloc::dealloc(block, layout(size));
}

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size.max(1), 8).expect("a size that the host may ask for")
}

/// # Safety
/// Both buffers are the host's, and as large as it says; so in all three exports.
#[no_mangle]
pub unsafe extern "C" fn label_agent(input: *const u8, size: usize, out: *mut u8, capacity: usize) -> i32 {
    let accepted = read_policy(bytes(input, size));
    let text = match accepted {
        Some(_) => r#"{"agent":{"secrecy":[],"integrity":["notes:edited"]},"difc_mode":"filter"}"#,
        None => r#"{"success":false,"error":"the policy must be {\"editors\": [names]}, and nothing else"}"#,
    };
    *EDITORS.lock().unwrap() = accepted;
    answer(text, out, capacity)
}

fn read_policy(text: &[u8]) -> Option<Vec<String>> {
    let policy: Object = serde_json::from_slice(text).ok()?;
    if policy.len() != 1 {
        return None;
    }
    serde_json::from_str(policy.get("editors")?.get()).ok()
}

/// # Safety
/// See `label_agent`.
#[no_mangle]
pub unsafe extern "C" fn label_resource(input: *const u8, size: usize, out: *mut u8, capacity: usize) -> i32 {
    let editors = EDITORS.lock().unwrap();
    match (editors.as_ref(), serde_json::from_slice(bytes(input, size))) {
        (Some(editors), Ok(call)) => match resource(&call, editors) {
            Ok(text) => answer(&text, out, capacity),
            Err(why) => fail(why),
        },
        _ => fail("no policy was accepted, or this is no call"),
    }
}

fn resource(call: &Object, editors: &[String]) -> Result<String, &'static str> {
    let (description, labels, operation) = match text_of(call, "tool_name").as_deref() {
        Some("read_note") => ("a note", note_labels(call, editors)?, "read"),
        Some("write_note") => ("a note", note_labels(call, editors)?, "write"),
        Some("list_notes") => ("all notes", labels(false, false), "read"),
        // Tags that nobody holds: what this guard does not know is open to nobody.
        Some(_) => ("unknown", r#""secrecy":["notes:closed"],"integrity":["notes:closed"]"#.into(), "read-write"),
        None => return Err("no policy was accepted, or this is no call"),
    };
    Ok(format!(r#"{{"resource":{{"description":"{description}",{labels}}},"operation":"{operation}"}}"#))
}

fn note_labels(call: &Object, editors: &[String]) -> Result<String, &'static str> {
    let args: Option<Object> = call.get("tool_args").and_then(|args| serde_json::from_str(args.get()).ok());
    let id = args.as_ref().and_then(|args| args.get("id")).filter(|id| id.get().starts_with('"'));
    let text = look_up(id.ok_or("the call has no id of a note")?).ok_or("nobody knows what the note is")?;
    let note: Object = serde_json::from_str(&text).map_err(|_| "nobody knows what the note is")?;
    Ok(labels_of(&note, editors))
}

/// # Safety
/// See `label_agent`.
#[no_mangle]
pub unsafe extern "C" fn label_response(input: *const u8, size: usize, out: *mut u8, capacity: usize) -> i32 {
    let editors = EDITORS.lock().unwrap();
    match (editors.as_ref(), serde_json::from_slice(bytes(input, size))) {
        (Some(editors), Ok(call)) => match text_of(&call, "tool_name").as_deref() {
            Some("list_notes") => match list_labels(&call, editors) {
                Some(text) => answer(&text, out, capacity),
                None => NO_LABELS,
            },
            Some(_) => NO_LABELS,
            None => fail("no policy was accepted, or this is no call"),
        },
        _ => fail("no policy was accepted, or this is no call"),
    }
}

/// The labels of each note of a list; none where there is no list.
fn list_labels(call: &Object, editors: &[String]) -> Option<String> {
    let text = told(call.get("tool_result")?.get())?;
    let list: Object = serde_json::from_str(&text).ok()?;
    let notes: Vec<&RawValue> = serde_json::from_str(list.get("notes")?.get()).ok()?;
    let mut labeled = String::from(r#"{"labeled_paths":["#);
    for (i, each) in notes.iter().enumerate() {
        let note: Object = serde_json::from_str(each.get()).unwrap_or_default();
        let comma = if i > 0 { "," } else { "" };
        let labels = labels_of(&note, editors);
        write!(labeled, r#"{comma}{{"path":"/notes/{i}","labels":{{{labels}}}}}"#).ok()?;
    }
    labeled.push_str(r#"],"items_path":"/notes"}"#);
    Some(labeled)
}

/// What says nothing about itself is private, and nobody's.
fn labels_of(note: &Object, editors: &[String]) -> String {
    let is_public = text_of(note, "visibility").as_deref() == Some("public");
    labels(is_public, text_of(note, "author").map_or(false, |author| editors.contains(&author)))
}

fn labels(is_public: bool, is_edited: bool) -> String {
    let secrecy = if is_public { "[]" } else { r#"["notes:private"]"# };
    let integrity = if is_edited { r#"["notes:edited"]"# } else { "[]" };
    format!(r#""secrecy":{secrecy},"integrity":{integrity}"#)
}

/// Asks the server for a note: its JSON, or none where it does not say.
fn look_up(id: &RawValue) -> Option<String> {
    let tool = "read_note";
    let args = format!(r#"{{"id":{id}}}"#);
    let mut out = vec![0; 4096];
    loop {
        let code = unsafe {
            call_backend(tool.as_ptr(), tool.len(), args.as_ptr(), args.len(), out.as_mut_ptr(), out.len())
        };
        if code >= 0 {
            return told(std::str::from_utf8(&out[..code as usize]).ok()?);
        }
        if code != BUFFER_TOO_SMALL {
            log(WARNING, &format!("read_note: error {code}"));
            return None;
        }
        // The host keeps the answer, and says how much room it needs: asking again costs no second call.
        let wanted = u32::from_le_bytes([out[0], out[1], out[2], out[3]]) as usize;
        out = vec![0; wanted.max(2 * out.len())];
    }
}

/// The JSON in the one text of a tool result; none where the tool failed, or answered otherwise.
fn told(result: &str) -> Option<String> {
    let fields: Object = serde_json::from_str(result).ok()?;
    if fields.get("isError").map_or(false, |value| value.get() == "true") {
        return None;
    }
    let content: Vec<Object> = serde_json::from_str(fields.get("content")?.get()).ok()?;
    match content.as_slice() {
        [only] => text_of(only, "text"),
        _ => None,
    }
}

fn text_of(object: &Object, name: &str) -> Option<String> {
    serde_json::from_str(object.get(name)?.get()).ok()
}

unsafe fn bytes<'a>(start: *const u8, size: usize) -> &'a [u8] {
    std::slice::from_raw_parts(start, size)
}

unsafe fn answer(text: &str, out: *mut u8, capacity: usize) -> i32 {
    if text.len() <= capacity {
        std::ptr::copy_nonoverlapping(text.as_ptr(), out, text.len());
        return text.len() as i32;
    }
    if capacity >= 4 {
        out.cast::<u32>().write_unaligned(text.len() as u32);
    }
    BUFFER_TOO_SMALL
}

fn log(level: i32, text: &str) {
    unsafe { host_log(level, text.as_ptr(), text.len()) }
}

fn fail(why: &str) -> i32 {
    log(ERROR, why);
    GUARD_ERROR
}
