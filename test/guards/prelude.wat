;; What every guest of these tests has; test/harness/wasm-guard.ts puts it in front of each file that is no whole module.
;; Paragraphs that export something are defaults: one is left out where the file exports the same name itself.
;; Texts end with a NUL. The prelude keeps its own below 1024, files put theirs from there to 65535, and the heap follows.

(import "env" "call_backend" (func $call_backend (param i32 i32 i32 i32 i32 i32) (result i32)))
(import "env" "backend_error" (func $backend_error (param i32 i32) (result i32)))
(import "env" "host_log" (func $host_log (param i32 i32 i32)))
(import "env" "abort" (func $abort (param i32 i32 i32 i32)))
(import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
(import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
(import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))

(data (i32.const 0) "{\"agent\":{\"secrecy\":[],\"integrity\":[]},\"difc_mode\":\"filter\"}\00")
(data (i32.const 128) "{\"resource\":{\"secrecy\":[],\"integrity\":[]},\"operation\":\"read\"}\00")
(data (i32.const 256) "{\"resource\":{\"description\":\"\00")
(data (i32.const 288) "\"},\"operation\":\"read\"}\00")

(memory (export "memory") 2)

;; A bump allocator that starts again when nothing is in use.
(global $heap_top (mut i32) (i32.const 65536))
(global $buffers_in_use (mut i32) (i32.const 0))

(func $allocate (param $bytes i32) (result i32)
  (local $buffer i32)
  (local $missing i32)
  (local.set $buffer (global.get $heap_top))
  (global.set $heap_top
    (i32.and (i32.add (i32.add (local.get $buffer) (local.get $bytes)) (i32.const 7)) (i32.const -8)))
  (local.set $missing
    (i32.sub
      (i32.shr_u (i32.add (global.get $heap_top) (i32.const 65535)) (i32.const 16))
      (memory.size)))
  (if (i32.gt_s (local.get $missing) (i32.const 0))
    (then
      (if (i32.eq (memory.grow (local.get $missing)) (i32.const -1)) (then (return (i32.const 0))))))
  (global.set $buffers_in_use (i32.add (global.get $buffers_in_use) (i32.const 1)))
  (local.get $buffer))

(func $free (param i32 i32)
  (global.set $buffers_in_use (i32.sub (global.get $buffers_in_use) (i32.const 1)))
  (if (i32.eqz (global.get $buffers_in_use)) (then (global.set $heap_top (i32.const 65536)))))

(func (export "alloc") (param $bytes i32) (result i32)
  (call $allocate (local.get $bytes)))

(func (export "dealloc") (param $buffer i32) (param $bytes i32)
  (call $free (local.get $buffer) (local.get $bytes)))

(func $length (param $text i32) (result i32)
  (local $end i32)
  (local.set $end (local.get $text))
  (block $found
    (loop $next
      (br_if $found (i32.eqz (i32.load8_u (local.get $end))))
      (local.set $end (i32.add (local.get $end) (i32.const 1)))
      (br $next)))
  (i32.sub (local.get $end) (local.get $text)))

;; Appends a text to what is at $to already; the end of it all.
(func $append (param $to i32) (param $text i32) (result i32)
  (memory.copy (local.get $to) (local.get $text) (call $length (local.get $text)))
  (i32.add (local.get $to) (call $length (local.get $text))))

(func $answer (param $out i32) (param $text i32) (result i32)
  (i32.sub (call $append (local.get $out) (local.get $text)) (local.get $out)))

(func $answer_public (param $out i32) (result i32)
  (call $answer (local.get $out) (i32.const 128)))

;; Answers label_resource with a number as the description.
(func $answer_number (param $out i32) (param $number i32) (result i32)
  (local $end i32)
  (local.set $end (call $append (local.get $out) (i32.const 256)))
  (if (i32.lt_s (local.get $number) (i32.const 0))
    (then
      (i32.store8 (local.get $end) (i32.const 45))
      (local.set $end (i32.add (local.get $end) (i32.const 1)))
      (local.set $number (i32.sub (i32.const 0) (local.get $number)))))
  (local.set $end (call $append_digits (local.get $end) (local.get $number)))
  (i32.sub (call $append (local.get $end) (i32.const 288)) (local.get $out)))

(func $append_digits (param $to i32) (param $number i32) (result i32)
  (if (i32.ge_u (local.get $number) (i32.const 10))
    (then (local.set $to (call $append_digits (local.get $to) (i32.div_u (local.get $number) (i32.const 10))))))
  (i32.store8 (local.get $to) (i32.add (i32.const 48) (i32.rem_u (local.get $number) (i32.const 10))))
  (i32.add (local.get $to) (i32.const 1)))

;; The number that the tool is called: a question starts with {"tool_name":" and so much for the parser.
(func $number_asked (param $question i32) (result i32)
  (local $at i32)
  (local $number i32)
  (local $sign i32)
  (local.set $at (i32.add (local.get $question) (i32.const 14)))
  (local.set $sign (i32.const 1))
  (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 45))
    (then
      (local.set $sign (i32.const -1))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))))
  (loop $next
    (local.set $number
      (i32.add
        (i32.mul (local.get $number) (i32.const 10))
        (i32.sub (i32.load8_u (local.get $at)) (i32.const 48))))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (br_if $next (i32.ge_u (i32.load8_u (local.get $at)) (i32.const 48))))
  (i32.mul (local.get $number) (local.get $sign)))

(func $say (param $level i32) (param $text i32)
  (call $host_log (local.get $level) (local.get $text) (call $length (local.get $text))))

;; Calls a tool of the backend.
(func $ask (param $tool i32) (param $arguments i32) (param $out i32) (param $out_bytes i32) (result i32)
  (call $call_backend
    (local.get $tool) (call $length (local.get $tool))
    (local.get $arguments) (call $length (local.get $arguments))
    (local.get $out) (local.get $out_bytes)))

;; Sleeps by WASI's poll_oneoff: one subscription to the monotonic clock at 512, its event at 576.
(func $sleep (param $milliseconds i32)
  (memory.fill (i32.const 512) (i32.const 0) (i32.const 128))
  (i32.store (i32.const 528) (i32.const 1))
  (i64.store (i32.const 536)
    (i64.mul (i64.extend_i32_u (local.get $milliseconds)) (i64.const 1000000)))
  (drop (call $poll_oneoff (i32.const 512) (i32.const 576) (i32.const 1) (i32.const 624))))

(func (export "label_agent") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (call $answer (local.get $out) (i32.const 0)))

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (call $answer_public (local.get $out)))

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (i32.const 0))
