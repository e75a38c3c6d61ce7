// What a plan as it ran tells: how many rows were read for how many returned, and whether that need not have been.

export interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly 'Actual Total Time'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly 'Shared Hit Blocks'?: number;
  readonly 'Shared Read Blocks'?: number;
  readonly Plans?: readonly PlanNode[];
}

export interface Judgement {
  /** How each table was read. */
  readonly scans: readonly string[];
  readonly read: number;
  readonly returned: number;
  /** Pages of 8 KB. */
  readonly buffers: number;
  readonly ms: number;
  /** Why it should be looked at; none: nothing of it. */
  readonly flags: readonly string[];
}

/** Less is not worth an index. */
const manyRows = 10_000;
const manyRemoved = 1000;
const wasteful = 10;

export function judgePlan(plan: PlanNode): Judgement {
  const scans = allNodes(plan).filter((node) => isScan(node));
  const returned = returnedBy(plan);
  const flags = scans.flatMap((node) => [
    ...(isWhole(node) && readBy(node) > manyRows && readBy(node) > wasteful * returned
      ? [`${describe(node)} reads ${readBy(node)} rows for ${returned}`]
      : []),
    ...(removedBy(node) > manyRemoved && removedBy(node) > wasteful * Math.max(1, passedBy(node))
      ? [`${describe(node)} removes ${removedBy(node)} rows for ${passedBy(node)}`]
      : []),
  ]);
  return {
    scans: [...new Set(scans.map(describe))],
    read: scans.reduce((sum, node) => sum + readBy(node), 0),
    returned,
    buffers: (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0),
    ms: (plan['Actual Total Time'] ?? 0) * (plan['Actual Loops'] ?? 1),
    flags: [...new Set(flags)],
  };
}

function allNodes(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(allNodes)];
}

/** Of a table: a bitmap's index scan is counted by the heap scan above it. */
function isScan(node: PlanNode): boolean {
  return node['Node Type'].endsWith('Scan') && node['Relation Name'] !== undefined;
}

/** From one end to the other, or as far as a limit let it. */
function isWhole(node: PlanNode): boolean {
  const type = node['Node Type'];
  return type === 'Seq Scan' || (type.startsWith('Index') && node['Index Cond'] === undefined);
}

function describe(node: PlanNode): string {
  const index = node['Index Name'] ?? bitmapIndex(node);
  return `${node['Node Type']} ${node['Relation Name'] ?? ''}${index === undefined ? '' : ` (${index})`}`;
}

function bitmapIndex(node: PlanNode): string | undefined {
  const below = allNodes(node).flatMap((each) => each['Index Name'] ?? []);
  return node['Node Type'] === 'Bitmap Heap Scan' ? below.join(', ') : undefined;
}

function passedBy(node: PlanNode): number {
  return Math.round((node['Actual Rows'] ?? 0) * (node['Actual Loops'] ?? 0));
}

function removedBy(node: PlanNode): number {
  const each = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
  return Math.round(each * (node['Actual Loops'] ?? 0));
}

function readBy(node: PlanNode): number {
  return passedBy(node) + removedBy(node);
}

/** A write that returns nothing: the rows that were written. */
function returnedBy(plan: PlanNode): number {
  const below = plan.Plans?.[0];
  if (plan['Node Type'] === 'ModifyTable' && passedBy(plan) === 0 && below !== undefined)
    return passedBy(below);
  return passedBy(plan);
}
