// Owns what requests say of a stack's source, and where its template comes from.
import type { Capability, Parameter, Tag } from '@aws-sdk/client-cloudformation'

import { validationError } from '../errors.ts'
import type { StackRecord } from '../state.ts'

export interface SourceInput {
  readonly TemplateBody?: string | undefined
  readonly TemplateURL?: string | undefined
  readonly UsePreviousTemplate?: boolean | undefined
  readonly Parameters?: Parameter[] | undefined
  readonly Tags?: Tag[] | undefined
  readonly Capabilities?: Capability[] | undefined
}

/** @throws AwsError ValidationError for a template that is given and taken over at once */
export function refuseTwoTemplates(input: SourceInput): void {
  const { TemplateBody, TemplateURL, UsePreviousTemplate } = input
  if (UsePreviousTemplate === true && (TemplateBody !== undefined || TemplateURL !== undefined)) {
    throw validationError('You cannot specify both usePreviousTemplate and Template Body/Template URL.')
  }
}

/**
 * The template of a request.
 * @param fetched what its TemplateURL leads to
 * @throws AwsError ValidationError when it has none
 */
export function bodyOf(input: SourceInput, stack: Partial<StackRecord>, fetched: string | undefined): string {
  const body = fetched ?? (input.UsePreviousTemplate ? stack.templateBody : input.TemplateBody)
  if (!body) throw validationError('Either Template URL or Template Body must be specified.')
  return body
}
