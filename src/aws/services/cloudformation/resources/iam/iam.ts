// Owns what the IAM resource types have in common: documents, paths, what IAM answers.
import type { TemplateObject, TemplateValue } from '../../template/template.ts'
import { objectsOf, textAt } from '../members.ts'

export const GONE = ['NoSuchEntity', 'NoSuchEntityException']

/** A policy document as the text that IAM takes. */
export function documentOf(value: TemplateValue | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? {})
}

/** The path of a named thing; `/` when the template gives none. */
export function pathOf(properties: TemplateObject): string {
  return textAt(properties, 'Path') ?? '/'
}

export interface InlinePolicy {
  readonly PolicyName: string
  readonly PolicyDocument: string
}

/** The inline policies that stand in a role. */
export function inlinePolicies(properties: TemplateObject): InlinePolicy[] {
  return objectsOf(properties['Policies']).map((policy) => ({
    PolicyName: textAt(policy, 'PolicyName') ?? '',
    PolicyDocument: documentOf(policy['PolicyDocument']),
  }))
}
