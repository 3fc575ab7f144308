// Owns what a coding assistant is offered: tools, what they take, and the command line that each of them is.
import { z } from 'zod'

/** What the caller says of its effects, as the protocol has it. */
interface Hints {
  readonly readOnlyHint: boolean
  readonly destructiveHint?: boolean
  readonly openWorldHint: boolean
}

export interface McpTool {
  readonly name: string
  readonly description: string
  readonly input: z.ZodObject
  readonly hints: Hints
  /** Needs a region of its own, for the files at these paths. */
  readonly buildsFrom?: (input: Readonly<Record<string, unknown>>) => readonly string[]
  /** The command line. @param input what `input` has let through */
  readonly args: (input: Readonly<Record<string, unknown>>) => readonly string[]
}

const VIEW: Hints = { readOnlyHint: true, openWorldHint: false }

// What begins with a dash would be an option, or a command, of the caller's choice.
const word = z.string().regex(/^[^-]/, 'it may not begin with a dash')
const paths = z
  .array(word)
  .min(1)
  .describe('ClusterConfig of eksctl, manifests, Helm charts, or directories of these')
const level = z.enum(['debug', 'info', 'warn', 'error']).optional()

/** Checks the input of a tool on its way to its command line. */
function tool<Input extends z.ZodObject>(
  of: Omit<McpTool, 'args' | 'input' | 'buildsFrom'> & {
    readonly input: Input
    readonly buildsFrom?: (input: z.infer<Input>) => readonly string[]
    readonly args: (input: z.infer<Input>) => readonly string[]
  },
): McpTool {
  const { buildsFrom, args, input, ...rest } = of
  return {
    ...rest,
    input,
    ...(buildsFrom && { buildsFrom: (given) => buildsFrom(input.parse(given)) }),
    args: (given) => args(input.parse(given)),
  }
}

export const MCP_TOOLS: readonly McpTool[] = [
  tool({
    name: 'plan',
    description:
      'Where each workload of an EKS cluster would land (EC2 or Fargate), its Fargate size, the price a month, and what would not work on AWS, with file and line. Nothing is made.',
    input: z.object({
      paths,
      compare: word.optional().describe('another version of the files: what the change moves and costs'),
      move: z
        .array(z.string().regex(/^[\w-]+=(fargate|ec2)$/))
        .optional()
        .describe('what if: namespaces moved, such as shop=fargate'),
    }),
    hints: VIEW,
    args: (input) => [
      'plan',
      ...input.paths,
      '--format',
      'markdown',
      ...(input.compare === undefined ? [] : ['--compare', input.compare]),
      ...(input.move ?? []).flatMap((move) => ['--move', move]),
    ],
  }),
  tool({
    name: 'up',
    description:
      'Builds the cluster with its applications in a near region (an AWS endpoint on this machine, in memory, without an account), and waits until they are ready. Call it again after the files have changed. The region ends with this server.',
    input: z.object({ paths }),
    hints: { readOnlyHint: false, destructiveHint: false, openWorldHint: false },
    buildsFrom: (input) => input.paths,
    args: (input) => ['up', ...input.paths, '--json'],
  }),
  tool({
    name: 'explain',
    description:
      'Why a pod is where it is, why it is pending or fails, why a load balancer has no healthy targets, or what the code of a problem of `plan` means; each with what to do.',
    input: z.object({
      target: word.describe('the code of a problem, pod/NAME, service/NAME, deployment/NAME, or a name'),
      namespace: word.optional(),
      cluster: word.optional().describe('which cluster, where there are several'),
    }),
    hints: VIEW,
    args: (input) => [
      'explain',
      input.target,
      '--json',
      ...(input.namespace === undefined ? [] : ['--namespace', input.namespace]),
      ...(input.cluster === undefined ? [] : ['--cluster', input.cluster]),
    ],
  }),
  tool({
    name: 'status',
    description: 'Clusters, nodes, load balancers and their URLs in the near region.',
    input: z.object({}),
    hints: VIEW,
    args: () => ['status', '--json'],
  }),
  tool({
    name: 'logs',
    description: 'What the near region has logged last.',
    input: z.object({ level, lines: z.number().int().min(1).max(1000).default(100) }),
    hints: VIEW,
    args: (input) => [
      'logs',
      '--tail',
      String(input.lines),
      ...(input.level === undefined ? [] : ['--level', input.level]),
    ],
  }),
  tool({
    name: 'environment',
    description:
      'Variables that point aws, eksctl, kubectl, helm and SDKs at the near region: set them to run those there.',
    input: z.object({}),
    hints: VIEW,
    args: () => ['env', '--json'],
  }),
]
