;; label_resource logs at each level, out of bounds, and a line of 20 KiB; label_response logs 2,000 lines.

(data (i32.const 1024) "a line for debugging\00")
(data (i32.const 1056) "a line to know\00")
(data (i32.const 1088) "a line to worry about\00")
(data (i32.const 1120) "a line\nwith \1b[31mcolour\00")
(data (i32.const 1152) "one of many\00")

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (call $say (i32.const 0) (i32.const 1024))
  (call $say (i32.const 1) (i32.const 1056))
  (call $say (i32.const 2) (i32.const 1088))
  (call $say (i32.const 3) (i32.const 1120))
  (call $host_log (i32.const 1) (i32.const -1) (i32.const 10))
  (call $host_log (i32.const 1) (i32.const 1024) (i32.const -1))
  (memory.fill (i32.const 4096) (i32.const 120) (i32.const 20480))
  (call $host_log (i32.const 1) (i32.const 4096) (i32.const 20480))
  (call $answer_public (local.get $out)))

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (local $lines i32)
  (loop $again
    (call $say (i32.const 1) (i32.const 1152))
    (local.set $lines (i32.add (local.get $lines) (i32.const 1)))
    (br_if $again (i32.lt_u (local.get $lines) (i32.const 2000))))
  (i32.const 0))
