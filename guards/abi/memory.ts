// The two exports through which the host borrows memory. The blocks live outside of the garbage collected heap: they
// stay until the host gives them back, whatever the guard allocates in between.

/** What the allocator keeps in front of a block, in bytes. */
const BLOCK_OVERHEAD: usize = 4;

/** The allocator sorts free blocks into this many classes for each doubling of the size. */
const CLASSES_PER_DOUBLING_BITS: i32 = 4;

/** Smaller blocks have classes of their own. */
const SMALL_BYTES: usize = 4096;

/** A block of at least `size` bytes. Traps when there is no such block. */
export function alloc(size: i32): usize {
  return heap.alloc(roundedUp(<usize>size));
}

/** Gives a block back; its size is known to the heap. */
export function dealloc(block: usize, _size: i32): void {
  heap.free(block);
}

/**
 * The size up to the next class. The host asks for the same large buffers again and again, and the allocator finds a
 * free block only when it fills its class: without this every call would grow the memory.
 */
function roundedUp(size: usize): usize {
  if (size < SMALL_BYTES || size > <usize>i32.MAX_VALUE) return size;
  const classMask = ((<usize>1) << (31 - clz(<u32>size) - CLASSES_PER_DOUBLING_BITS)) - 1;
  return ((size + BLOCK_OVERHEAD + classMask) & ~classMask) - BLOCK_OVERHEAD;
}
