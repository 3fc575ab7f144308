// Owns the program that holds a pod's namespaces open: a static ELF file of a few hundred bytes, written here, so that a
// pod needs no image from any registry. It waits for SIGTERM or SIGINT, and reaps what is left to it as process 1.
import { imageArchive } from './image-archive.ts'

/** The image of the pause container. */
export const PAUSE_IMAGE = 'localhost/neargate/pause:1'

const SIGINT = 2
const SIGTERM = 15
const SIGCHLD = 17
const WAITED_FOR = [SIGINT, SIGTERM, SIGCHLD].reduce((mask, signal) => mask | (1 << (signal - 1)), 0)

/** An archive of the image for `images/load`. @param architecture as the engine names it: `amd64`, `x86_64`, `arm64`, … */
export function pauseImage(architecture: string): Buffer {
  const isArm = architecture === 'arm64' || architecture === 'aarch64'
  return imageArchive({
    tag: PAUSE_IMAGE,
    architecture: isArm ? 'arm64' : 'amd64',
    files: [{ name: 'pause', data: pauseProgram(isArm ? 'arm64' : 'amd64'), mode: 0o755 }],
    config: { Entrypoint: ['/pause'], Labels: { 'neargate.dev/image': 'pause' } },
  })
}

/** The program as a file. */
export function pauseProgram(architecture: 'amd64' | 'arm64'): Buffer {
  return architecture === 'arm64' ? elf(0xb7, armCode()) : elf(0x3e, amdCode())
}

const LOAD_ADDRESS = 0x400000
const HEADERS_BYTES = 64 + 56

/** One segment, loaded with its headers, entered right after them. */
function elf(machine: number, code: Buffer): Buffer {
  const size = BigInt(HEADERS_BYTES + code.length)
  const head = Buffer.alloc(HEADERS_BYTES)
  head.write('7f454c46020101', 'hex')
  head.writeUInt16LE(2, 16) // ET_EXEC
  head.writeUInt16LE(machine, 18)
  head.writeUInt32LE(1, 20)
  head.writeBigUInt64LE(BigInt(LOAD_ADDRESS + HEADERS_BYTES), 24) // entry
  head.writeBigUInt64LE(64n, 32) // program headers
  head.writeUInt16LE(64, 52)
  head.writeUInt16LE(56, 54)
  head.writeUInt16LE(1, 56)
  head.writeUInt32LE(1, 64) // PT_LOAD
  head.writeUInt32LE(5, 68) // readable, executable
  head.writeBigUInt64LE(BigInt(LOAD_ADDRESS), 80)
  head.writeBigUInt64LE(BigInt(LOAD_ADDRESS), 88)
  head.writeBigUInt64LE(size, 96)
  head.writeBigUInt64LE(size, 104)
  head.writeBigUInt64LE(0x1000n, 112)
  return Buffer.concat([head, code])
}

// Both programs say: block the signals; wait for one of them; on SIGCHLD reap all there is, when interrupted go on, else
// exit with 0. A blocked signal is kept for process 1 too, which ignores signals that it handles by default.
function amdCode(): Buffer {
  const block = 'b80e000000 31ff 488d3500000000 31d2 41ba08000000 0f05' // rt_sigprocmask(SIG_BLOCK, &set, 0, 8)
  const wait = 'b880000000 488d3d00000000 31f6 31d2 41ba08000000 0f05' // rt_sigtimedwait(&set, 0, 0, 8)
  const judge = '83f811 740e 83f8fc 74de b8e7000000 31ff 0f05' // SIGCHLD? EINTR? exit_group(0)
  const reap = 'b83d000000 bfffffffff 31f6 ba01000000 4531d2 0f05 85c0 7fe6 ebb9' // wait4(-1, 0, WNOHANG, 0)
  const code = Buffer.from([block, wait, judge, reap].join('').replaceAll(' ', ''), 'hex')
  // The set lies behind the code; both addresses of it are relative to the instruction that follows.
  for (const at of [10, 32]) code.writeInt32LE(code.length - (at + 4), at)
  return Buffer.concat([code, signalSet()])
}

function armCode(): Buffer {
  const set = 28
  const words = [
    [movz(8, 135), movz(0, 0), adr(1, set - 2), movz(2, 0), movz(3, 8), SVC], // rt_sigprocmask
    [movz(8, 137), adr(0, set - 7), movz(1, 0), movz(2, 0), movz(3, 8), SVC], // rt_sigtimedwait, at 6
    [compare(SIGCHLD), branchIf(EQUAL, 19 - 13), COMPARE_EINTR, branchIf(EQUAL, 6 - 15)],
    [movz(8, 94), movz(0, 0), SVC], // exit_group
    [movz(8, 260), MINUS_ONE, movz(1, 0), movz(2, 1), movz(3, 0), SVC], // wait4, at 19
    [compare(0), branchIf(GREATER, 19 - 26), branch(6 - 27)],
  ].flat()
  const code = Buffer.alloc(words.length * 4)
  words.forEach((word, index) => code.writeUInt32LE(word >>> 0, index * 4))
  return Buffer.concat([code, signalSet()])
}

function signalSet(): Buffer {
  const set = Buffer.alloc(8)
  set.writeUInt32LE(WAITED_FOR)
  return set
}

// Instructions of A64; distances in instructions.
const SVC = 0xd4000001
const MINUS_ONE = 0x92800000 // movn x0, #0
const COMPARE_EINTR = 0x3100001f | (4 << 10) // cmn w0, #4
const EQUAL = 0
const GREATER = 12

function movz(register: number, value: number): number {
  return 0xd2800000 | (value << 5) | register
}

function adr(register: number, distance: number): number {
  return 0x10000000 | (distance << 5) | register
}

function compare(value: number): number {
  return 0x7100001f | (value << 10)
}

function branchIf(condition: number, distance: number): number {
  return 0x54000000 | ((distance & 0x7ffff) << 5) | condition
}

function branch(distance: number): number {
  return 0x14000000 | (distance & 0x3ffffff)
}
