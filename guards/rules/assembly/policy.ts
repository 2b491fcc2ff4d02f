// What an operator's policy says, after it was checked. The README describes each part.

import { JsonPointer } from '../../json/json-pointer';
import { Glob, StarRange } from './glob';
import { Labels, UNLABELLED } from './labels';
import { Rule } from './rule';

/** What a call does with its resource, in the words of the guard ABI. */
export const READ: string = 'read';
export const WRITE: string = 'write';
export const READ_WRITE: string = 'read-write';
export const OPERATIONS: string[] = [READ, WRITE, READ_WRITE];

/** A place to look at, and what the values found there mean. */
export class Field {
  /** Where the items inside an item are; for `items` only. */
  nested: JsonPointer | null = null;
  /** Where the call names the folder that the values are names in; for `items` only. */
  below: JsonPointer | null = null;

  constructor(
    readonly pointers: JsonPointer[],
    readonly rules: Rule[],
  ) {}

  /** Whether any of its rules says something about secrecy: then the silence of another one means no tags. */
  speaksOfSecrecy(): bool {
    for (let i = 0; i < this.rules.length; i++) if (this.rules[i].secrecy != null) return true;
    return false;
  }

  /** The same for integrity. */
  speaksOfIntegrity(): bool {
    for (let i = 0; i < this.rules.length; i++) if (this.rules[i].integrity != null) return true;
    return false;
  }
}

/** One argument of a lookup: taken from the call's arguments, or always the same. */
export class LookupArgument {
  constructor(
    readonly name: string,
    readonly from: JsonPointer | null,
    /** The source of the JSON value, where it is always the same. */
    readonly value: string,
  ) {}
}

/** A question to the guarded server, and what its answer means. */
export class Lookup {
  constructor(
    readonly tool: string,
    readonly args: LookupArgument[],
    readonly fields: Field[],
  ) {}
}

/** How the items of a response are labelled. */
export class Items {
  /** What holds where no rule matches; null: the resource's labels hold. */
  otherwiseSecrecy: string[] | null = null;
  otherwiseIntegrity: string[] | null = null;

  constructor(
    readonly at: JsonPointer,
    readonly fields: Field[],
  ) {}
}

/** What the policy says about the tools it names together. */
export class ToolRule {
  operation: string = READ_WRITE;
  secrecy: string[] | null = null;
  integrity: string[] | null = null;
  args: Field[] = [];
  lookups: Lookup[] = [];
  items: Items | null = null;

  constructor(
    readonly position: i32,
    readonly names: Glob[],
  ) {}

  isFor(name: string): bool {
    for (let i = 0; i < this.names.length; i++)
      if (this.names[i].matches(name, StarRange.Anything)) return true;
    return false;
  }

  /** Whether the rule says something about secrecy, in some place. */
  speaksOfSecrecy(): bool {
    if (this.secrecy != null) return true;
    const fields = this.fields();
    for (let i = 0; i < fields.length; i++) if (fields[i].speaksOfSecrecy()) return true;
    return false;
  }

  /** The same for integrity. */
  speaksOfIntegrity(): bool {
    if (this.integrity != null) return true;
    const fields = this.fields();
    for (let i = 0; i < fields.length; i++) if (fields[i].speaksOfIntegrity()) return true;
    return false;
  }

  private fields(): Field[] {
    let all = this.args;
    for (let i = 0; i < this.lookups.length; i++) all = all.concat(this.lookups[i].fields);
    return all;
  }
}

export class Policy {
  mode: string = '';
  agent: Labels = new Labels([], []);
  /** What holds for what no rule names. */
  fallback: Labels = new Labels([UNLABELLED], [UNLABELLED]);
  fallbackOperation: string = READ_WRITE;
  tools: ToolRule[] = [];

  /** The rule for a tool: the first that names it. */
  ruleFor(tool: string): ToolRule | null {
    for (let i = 0; i < this.tools.length; i++) if (this.tools[i].isFor(tool)) return this.tools[i];
    return null;
  }
}
