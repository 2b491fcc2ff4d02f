;; Fills all the memory that it can get, again and again: V8 cannot interrupt this in a thread.

(func (export "label_response") (param $in i32) (param $in_bytes i32) (param $out i32) (param $out_bytes i32) (result i32)
  (block $full
    (loop $more
      (br_if $full (i32.eq (memory.grow (i32.const 16)) (i32.const -1)))
      (br $more)))
  (loop $for_ever
    (memory.fill (i32.const 0) (i32.const 120) (i32.shl (memory.size) (i32.const 16)))
    (br $for_ever))
  unreachable)
