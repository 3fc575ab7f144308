import { describe, expect, it } from 'vitest'
import { fileHint, isCopied, quotesHelp, valueHint } from './text-hint.ts'

describe('valueHint', () => {
  it.each([
    ['${CLUSTER_NAME}', /^\$\{CLUSTER_NAME\} is a variable that nothing has filled in/],
    ['nginx:${TAG:-1.27}', /^\$\{TAG:-1\.27\} is a variable/],
    ['$AWS_REGION', /^\$AWS_REGION is a variable/],
    ['{{ .Values.name }}', /^\{\{ \.Values\.name \}\} is for a template engine/],
    ['{% if x %}', /template engine/],
    ['<cluster-name>', /^<cluster-name> is a placeholder/],
    ['your-cluster-name', /^your-cluster-name is a placeholder/],
    ['“1.35”', /^It holds the typographic quote “;/],
    ['shop\u00a0', /^It holds a space of another kind \(U\+00a0\);/],
  ])('%s', (value, expected) => {
    expect(valueHint(value)).toMatch(expected)
  })

  // `$(NAME)` is Kubernetes' own, a price is no variable, and Chinese words are words.
  it.each(['shop', '$(NAME)', '$5', '前端', 'a < b', 3, undefined])('has nothing to say of %s', (value) => {
    expect(valueHint(value)).toBeUndefined()
  })
})

describe('fileHint', () => {
  it.each([
    ['```yaml\nkind: Pod\n```\n', /^Line 1 is the fence of a Markdown code block/],
    ['a: 1\n  ~~~\n', /^Line 2 is the fence/],
    ['a: 1\n<<<<<<< HEAD\nb: 2\n', /^Line 2 is a mark of a merge conflict/],
    ['+apiVersion: v1\n+kind: Pod\n', /^Line 1 begins with a mark of a diff/],
    ['  1  apiVersion: v1\n  2  kind: Pod\n', /^Line 1 begins with a line number/],
    ['apiVersion: v1\n2 kind: Pod\n', /^Line 2 begins with a line number/],
    ['$ cat pod.yaml\nkind: Pod\n', /^Line 1 begins with the prompt of a shell/],
    ['> kind: Pod\n', /^Line 1 begins with the prompt/],
    ['kind：Pod\n', /^Line 1 holds the full-width ：/],
    ['kind:\u3000Pod\n', /^Line 1 holds a space of another kind \(U\+3000\)/],
  ])('%j', (text, expected) => {
    expect(fileHint(text)).toMatch(expected)
  })

  it('lets comments and quoted texts be written in Chinese', () => {
    expect(fileHint('# 名称：商店（一）\na: "价格：五元" # 好，的\nb: \'“引用”\'\nc: [1\n')).toBeUndefined()
  })
})

describe('isCopied', () => {
  it.each([
    ['+apiVersion: v1\n+kind: Pod\n', true],
    ['1 apiVersion: v1\n', true],
    ['```\nkind: Pod\n```\n', true],
    ['```\nservices: {}\n```\n', false],
    ['services: {}\n', false],
  ])('%j: %s', (text, expected) => {
    expect(isCopied(text)).toBe(expected)
  })
})

describe('quotesHelp', () => {
  it('says what YAML makes of a word', () => {
    expect(quotesHelp(false, 'n')).toBe('Put it in quotes: "n". Without them YAML reads n as false.')
    expect(quotesHelp(1.3, '1.30')).toBe('Put it in quotes: "1.30".')
    expect(quotesHelp(true, 'true')).toBe('Put it in quotes: "true".')
  })
})
