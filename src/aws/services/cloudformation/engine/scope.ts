// Owns what the references of one stack's template lead to.
import { own } from '../../../../base/json.ts'
import { validationError } from '../errors.ts'
import { findResourceType } from '../resources/index.ts'
import { type CloudFormation, type ResourceRecord, type StackRecord, type StackSource } from '../state.ts'
import type { Scope } from '../template/intrinsics.ts'
import type { Template } from '../template/template.ts'

/** The zones Fn::GetAZs gives; `a` to `c` in every region near. */
function zonesOf(region: string): string[] {
  return ['a', 'b', 'c'].map((letter) => `${region}${letter}`)
}

/** Every exported value by name, with the stack it comes from. */
export function exportsOf(
  cloudformation: CloudFormation,
): { name: string; value: string; stackId: string }[] {
  return cloudformation.tables.stacks
    .list()
    .filter((stack) => stack.status !== 'DELETE_COMPLETE')
    .flatMap((stack) =>
      stack.outputs.flatMap((output) =>
        output.ExportName
          ? [{ name: output.ExportName, value: output.OutputValue ?? '', stackId: stack.id }]
          : [],
      ),
    )
}

/** The scope of a stack in the version `source`. */
export function scopeOf(
  cloudformation: CloudFormation,
  from: {
    stack: Pick<StackRecord, 'id' | 'name'>
    source: StackSource
    template: Template
    resources: ReadonlyMap<string, ResourceRecord>
  },
): Scope {
  const { region, accountId } = cloudformation.deps
  const { stack, source, template, resources } = from
  const find = (logicalId: string): ResourceRecord => {
    const record = resources.get(logicalId)
    if (!record) throw validationError(`Template error: resource ${logicalId} is not there`)
    return record
  }
  return {
    template,
    zones: zonesOf(region),
    parameters: Object.fromEntries(
      source.parameters.map((parameter) => [
        parameter.ParameterKey ?? '',
        parameter.ResolvedValue ?? parameter.ParameterValue ?? '',
      ]),
    ),
    pseudo: {
      'AWS::AccountId': accountId,
      'AWS::Partition': 'aws',
      'AWS::Region': region,
      'AWS::StackId': stack.id,
      'AWS::StackName': stack.name,
      'AWS::URLSuffix': 'amazonaws.com',
    },
    ref: (logicalId) => find(logicalId).physicalId ?? '',
    attribute: (logicalId, name) => {
      const { type, attributes } = find(logicalId)
      const value = own(attributes, name)
      if (value === undefined) {
        throw validationError(
          `Template error: resource ${logicalId} does not support attribute type ${name} in Fn::GetAtt`,
        )
      }
      const isList = findResourceType(type)?.listAttributes?.includes(name)
      return isList ? value.split(',').filter((item) => item !== '') : value
    },
    importValue: (name) => {
      const found = exportsOf(cloudformation).find((item) => item.name === name)
      if (!found) throw validationError(`No export named ${name} found.`)
      return found.value
    },
  }
}
