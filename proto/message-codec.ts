import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { noteMessage } from './message-garbage.ts';

/** Largest message after which the buffer is kept, in bytes. It may be four times as large: it doubles, and texts reserve three bytes a character. */
const keptBytes = 2 * 1024 * 1024;

/** How messages of one kind are written, as generated code has it. */
interface Encoder<Message> {
  encode(message: Message, writer: BinaryWriter): BinaryWriter;
}

/**
 * Encodes messages of one kind as gRPC sends them. They are written into one buffer again and again: a new one that grows to
 * 150 KB costs more than all the rest of it.
 */
export function serializer<Message>(encoder: Encoder<Message>): (message: Message) => Buffer {
  let kept: BinaryWriter | undefined;
  return (message) => {
    const writer = kept ?? new BinaryWriter();
    // One in which writing fails is half full.
    kept = undefined;
    const bytes = encoder.encode(message, writer).finish();
    if (bytes.length <= keptBytes) kept = writer;
    noteMessage(bytes.length);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  };
}

/** Decodes messages of one kind as they come. */
export function deserializer<Message>(decoder: {
  decode(bytes: Uint8Array): Message;
}): (bytes: Buffer) => Message {
  return (bytes) => {
    noteMessage(bytes.length);
    return decoder.decode(bytes);
  };
}
