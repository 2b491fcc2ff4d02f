;; Answers with how often the eight bytes "S3CR3T!!" lie in its memory. They are no text of its own: only its code knows them.

(func (export "label_resource") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (local $at i32)
  (local $end i32)
  (local $found i32)
  (local.set $end (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 7)))
  (loop $next
    (local.set $found
      (i32.add (local.get $found) (i64.eq (i64.load (local.get $at)) (i64.const 0x2121543352433353))))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
  (call $answer_number (local.get $out) (local.get $found)))
