;; Lies between a guest and the two imports that may suspend it; suspendable-imports.ts says why, and holds the bytes.
(module
  (import "suspending" "call_backend" (func $call_backend (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "suspending" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "starting" "call_backend" (func $call_backend_at_start (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "starting" "poll_oneoff" (func $poll_oneoff_at_start (param i32 i32 i32 i32) (result i32)))
  (global $has_started (export "has_started") (mut i32) (i32.const 0))

  (func (export "call_backend") (param i32 i32 i32 i32 i32 i32) (result i32)
    (if (result i32) (global.get $has_started)
      (then
        (call $call_backend
          (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5)))
      (else
        (call $call_backend_at_start
          (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5)))))

  (func (export "poll_oneoff") (param i32 i32 i32 i32) (result i32)
    (if (result i32) (global.get $has_started)
      (then (call $poll_oneoff (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
      (else (call $poll_oneoff_at_start (local.get 0) (local.get 1) (local.get 2) (local.get 3))))))
