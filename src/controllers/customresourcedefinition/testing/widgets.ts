// Owns a definition with every kind of rule, as the recorded answers of testing/objects.jsonl are about.
import { definitionOf, type Json } from './definitions-fixture.ts'

const spec = {
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string', minLength: 2, maxLength: 5, pattern: '^[a-z]+$' },
    replicas: { type: 'integer', minimum: 0, maximum: 10, default: 1 },
    color: { type: 'string', enum: ['red', 'blue'] },
    when: { type: 'string', format: 'date-time' },
    email: { type: 'string', format: 'email' },
    num: { type: 'integer', multipleOf: 2 },
    n: { type: 'string', nullable: true },
    tags: { type: 'array', maxItems: 2, 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
    items: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
      items: {
        type: 'object',
        required: ['k'],
        properties: { k: { type: 'string' }, v: { type: 'string' } },
      },
    },
    ios: { 'x-kubernetes-int-or-string': true },
    m: { type: 'object', maxProperties: 1, additionalProperties: { type: 'integer' } },
    obj: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    imm: {
      type: 'string',
      'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'imm is immutable' }],
    },
  },
  'x-kubernetes-validations': [
    { rule: 'self.replicas <= 5', messageExpression: '"far " + "too many"' },
    {
      rule: '!has(self.color) || self.color != "blue" || self.replicas == 1',
      fieldPath: '.color',
      reason: 'FieldValueForbidden',
    },
  ],
}

export const widgetDefinition: Json = definitionOf('Widget', {
  schema: {
    openAPIV3Schema: {
      type: 'object',
      properties: {
        spec,
        status: {
          type: 'object',
          properties: { replicas: { type: 'integer' }, selector: { type: 'string' } },
        },
      },
    },
  },
  subresources: {
    status: {},
    scale: {
      specReplicasPath: '.spec.replicas',
      statusReplicasPath: '.status.replicas',
      labelSelectorPath: '.status.selector',
    },
  },
  additionalPrinterColumns: [
    { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas' },
    { name: 'Color', type: 'string', jsonPath: '.spec.color', priority: 1 },
    { name: 'Since', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  ],
  selectableFields: [{ jsonPath: '.spec.color' }],
} as never)
