import { resolve } from 'node:path';
import { auditFileRange, auditKeepRange, defaultAuditFileMiB, defaultAuditKeep } from './config-limits.ts';
import type { AuditConfig } from './gateway-config.ts';
import { refuseUnknownKeys, type Section, sectionAt } from './section.ts';
import { booleanAt, requiredTextAt, wholeNumberAt } from './section-values.ts';

/** Reads `gateway.audit`; nothing where it is not given. */
export function readAudit(gateway: Section): { readonly audit?: AuditConfig } {
  const section = sectionAt(gateway, 'audit');
  if (section === undefined) return {};
  refuseUnknownKeys(section, ['file', 'redact', 'maxMiB', 'keep', 'required']);
  const file = requiredTextAt(section, 'file', 'write the file for the audit trail') ?? '';
  const maxMiB = wholeNumberAt(section, 'maxMiB', auditFileRange) ?? defaultAuditFileMiB;
  return {
    audit: {
      file: resolve(section.reading.folder, file),
      redact: booleanAt(section, 'redact') ?? false,
      maxBytes: maxMiB * 1024 * 1024,
      keep: wholeNumberAt(section, 'keep', auditKeepRange) ?? defaultAuditKeep,
      required: booleanAt(section, 'required') ?? false,
    },
  };
}
