;; The guard of the conformance kit: the tool's name says what it does, and its backend what it answers.
;;
;;   label_agent     a policy that holds "kit_ask": answers what the backend says; any other: grants kit:granted, mode filter
;;   label_resource, label_response, by what the tool is called:
;;   kit_ask         calls kit_read with its own input as the arguments, and answers with what that said, byte for byte
;;   kit_twice       the same, after a first call whose result it does not look at
;;   kit_policy      the same as kit_ask, with the session's policy as the arguments
;;   kit_trap        traps
;;   kit_spin        never returns
;;   kit_fail        returns the error code -1
;;   kit_grow        wants an ever larger output
;;   anything else   label_resource: kit:plain, a read; label_response: no labels
;;
;; A backend call that fails is answered, by label_resource, with its number as the description.
(module
  (import "env" "call_backend" (func $call_backend (param i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)

  ;; Texts end with a NUL and lie below 1024, the policy from 1024 on, the heap from 65536 on.
  (data (i32.const 0) "kit_ask\00")
  (data (i32.const 16) "kit_twice\00")
  (data (i32.const 32) "kit_policy\00")
  (data (i32.const 48) "kit_trap\00")
  (data (i32.const 64) "kit_spin\00")
  (data (i32.const 80) "kit_fail\00")
  (data (i32.const 96) "kit_grow\00")
  (data (i32.const 112) "kit_read\00")
  (data (i32.const 128) "{\"agent\":{\"secrecy\":[\"kit:granted\"],\"integrity\":[]},\"difc_mode\":\"filter\",\"normalized_policy\":{\"kit\":1}}\00")
  (data (i32.const 256) "{\"resource\":{\"description\":\"plain\",\"secrecy\":[\"kit:plain\"],\"integrity\":[\"kit:vouched\"]},\"operation\":\"read\"}\00")
  (data (i32.const 384) "{\"resource\":{\"description\":\"-\00")
  (data (i32.const 416) "\"},\"operation\":\"read\"}\00")
  (global $policy i32 (i32.const 1024))
  (global $policy_room i32 (i32.const 64512))
  (global $policy_bytes (mut i32) (i32.const 0))

  ;; A bump allocator that starts again when nothing is in use.
  (global $heap_top (mut i32) (i32.const 65536))
  (global $buffers_in_use (mut i32) (i32.const 0))
  (func (export "alloc") (param $bytes i32) (result i32)
    (local $buffer i32)
    (local $missing i32)
    (local.set $buffer (global.get $heap_top))
    (global.set $heap_top
      (i32.and (i32.add (i32.add (local.get $buffer) (local.get $bytes)) (i32.const 7)) (i32.const -8)))
    (local.set $missing
      (i32.sub (i32.shr_u (i32.add (global.get $heap_top) (i32.const 65535)) (i32.const 16)) (memory.size)))
    (if (i32.gt_s (local.get $missing) (i32.const 0))
      (then (if (i32.eq (memory.grow (local.get $missing)) (i32.const -1)) (then (return (i32.const 0))))))
    (global.set $buffers_in_use (i32.add (global.get $buffers_in_use) (i32.const 1)))
    (local.get $buffer))
  (func (export "dealloc") (param i32 i32)
    (global.set $buffers_in_use (i32.sub (global.get $buffers_in_use) (i32.const 1)))
    (if (i32.eqz (global.get $buffers_in_use)) (then (global.set $heap_top (i32.const 65536)))))

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

  (func $append_digits (param $to i32) (param $number i32) (result i32)
    (if (i32.ge_u (local.get $number) (i32.const 10))
      (then (local.set $to (call $append_digits (local.get $to) (i32.div_u (local.get $number) (i32.const 10))))))
    (i32.store8 (local.get $to) (i32.add (i32.const 48) (i32.rem_u (local.get $number) (i32.const 10))))
    (i32.add (local.get $to) (i32.const 1)))

  (func $answer (param $out i32) (param $text i32) (result i32)
    (i32.sub (call $append (local.get $out) (local.get $text)) (local.get $out)))

  ;; Whether the text is somewhere at the beginning of the input, where the tool's name is.
  (func $has (param $in i32) (param $in_bytes i32) (param $text i32) (result i32)
    (local $last i32)
    (if (i32.gt_u (local.get $in_bytes) (i32.const 512)) (then (local.set $in_bytes (i32.const 512))))
    (local.set $last
      (i32.sub (i32.add (local.get $in) (local.get $in_bytes)) (call $length (local.get $text))))
    (block $none
      (loop $next
        (br_if $none (i32.gt_s (local.get $in) (local.get $last)))
        (if (call $equal (local.get $in) (local.get $text)) (then (return (i32.const 1))))
        (local.set $in (i32.add (local.get $in) (i32.const 1)))
        (br $next)))
    (i32.const 0))

  (func $equal (param $at i32) (param $text i32) (result i32)
    (loop $next
      (if (i32.eqz (i32.load8_u (local.get $text))) (then (return (i32.const 1))))
      (if (i32.ne (i32.load8_u (local.get $at)) (i32.load8_u (local.get $text))) (then (return (i32.const 0))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (local.set $text (i32.add (local.get $text) (i32.const 1)))
      (br $next))
    (i32.const 0))

  (func $ask (param $args i32) (param $args_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
    (call $call_backend
      (i32.const 112) (i32.const 8) (local.get $args) (local.get $args_bytes) (local.get $out) (local.get $out_bytes)))

  ;; What every question may be told to do; -1000 where it was told nothing.
  (func $perform (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
    (if (call $has (local.get $in) (local.get $in_bytes) (i32.const 48)) (then unreachable))
    (if (call $has (local.get $in) (local.get $in_bytes) (i32.const 64)) (then (loop $for_ever (br $for_ever))))
    (if (call $has (local.get $in) (local.get $in_bytes) (i32.const 80)) (then (return (i32.const -1))))
    (if (call $has (local.get $in) (local.get $in_bytes) (i32.const 96)) (then (return (i32.const -2))))
    (if (call $has (local.get $in) (local.get $in_bytes) (i32.const 32))
      (then
        (return (call $ask (global.get $policy) (global.get $policy_bytes) (local.get $out) (local.get $out_bytes)))))
    (if (call $has (local.get $in) (local.get $in_bytes) (i32.const 16))
      (then
        (drop (call $ask (local.get $in) (local.get $in_bytes) (local.get $out) (local.get $out_bytes)))
        (return (call $ask (local.get $in) (local.get $in_bytes) (local.get $out) (local.get $out_bytes)))))
    (if (call $has (local.get $in) (local.get $in_bytes) (i32.const 0))
      (then (return (call $ask (local.get $in) (local.get $in_bytes) (local.get $out) (local.get $out_bytes)))))
    (i32.const -1000))

  (func (export "label_agent") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
    (if (i32.gt_u (local.get $in_bytes) (global.get $policy_room)) (then (return (i32.const -1))))
    (memory.copy (global.get $policy) (local.get $in) (local.get $in_bytes))
    (global.set $policy_bytes (local.get $in_bytes))
    (if (call $has (local.get $in) (local.get $in_bytes) (i32.const 0))
      (then (return (call $ask (local.get $in) (local.get $in_bytes) (local.get $out) (local.get $out_bytes)))))
    (call $answer (local.get $out) (i32.const 128)))

  (func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
    (local $said i32)
    (local.set $said (call $perform (local.get $in) (local.get $in_bytes) (local.get $out) (local.get $out_bytes)))
    (if (i32.eq (local.get $said) (i32.const -1000)) (then (return (call $answer (local.get $out) (i32.const 256)))))
    (if (i32.ge_s (local.get $said) (i32.const -2)) (then (return (call $unless_told (local.get $in) (local.get $in_bytes) (local.get $said) (local.get $out)))))
    (call $answer_number (local.get $out) (local.get $said)))

  ;; -1 is a failed call where it is the backend's, and the guard's own failure where it was told to fail.
  (func $unless_told (param $in i32) (param $in_bytes i32) (param $said i32) (param $out i32) (result i32)
    (if (i32.ne (local.get $said) (i32.const -1)) (then (return (local.get $said))))
    (if (call $has (local.get $in) (local.get $in_bytes) (i32.const 80)) (then (return (i32.const -1))))
    (call $answer_number (local.get $out) (i32.const -1)))

  (func $answer_number (param $out i32) (param $number i32) (result i32)
    (local $end i32)
    (local.set $end (call $append (local.get $out) (i32.const 384)))
    (local.set $end (call $append_digits (local.get $end) (i32.sub (i32.const 0) (local.get $number))))
    (i32.sub (call $append (local.get $end) (i32.const 416)) (local.get $out)))

  (func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
    (local $said i32)
    (local.set $said (call $perform (local.get $in) (local.get $in_bytes) (local.get $out) (local.get $out_bytes)))
    (if (i32.eq (local.get $said) (i32.const -1000)) (then (return (i32.const 0))))
    (local.get $said)))
