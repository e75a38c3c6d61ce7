// Our payload interfaces as the compiler sees them, by the name of the schema that each one gives as its source.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { compile, root } from './compile.ts';
import type { Field, Fields } from './field-differences.ts';

const folder = 'src/clerk/payloads';
const mapFile = 'src/clerk/event-payloads.ts';
const source = /Clerk's webhook schema, `(\w+)`/;

export interface PayloadInterfaces {
  /** Schema -> fields of our interface. */
  readonly bySchema: ReadonlyMap<string, Fields>;
  /** Event type -> the schemas that its `data` may be. */
  readonly ofEvents: ReadonlyMap<string, readonly string[]>;
}

export function readPayloadInterfaces(): PayloadInterfaces {
  const program = compile([mapFile, ...readdirSync(join(root, folder)).map((name) => `${folder}/${name}`)]);
  const checker = program.getTypeChecker();
  const bySchema = new Map<string, Fields>();
  let ofEvents: PayloadInterfaces['ofEvents'] = new Map();
  for (const file of program.getSourceFiles()) {
    if (!file.fileName.startsWith(join(root, 'src'))) continue;
    for (const node of file.statements) {
      const schema = schemaOf(node);
      if (schema !== undefined) {
        if (bySchema.has(schema)) throw new Error(`two interfaces have the source ${schema}`);
        bySchema.set(schema, fieldsOf(checker, node as ts.InterfaceDeclaration));
      }
      if (ts.isTypeAliasDeclaration(node) && node.name.text === 'EventPayloads')
        ofEvents = new Map(
          checker
            .getTypeAtLocation(node.name)
            .getProperties()
            .map((type) => [type.name, kindsOf(checker, checker.getTypeOfSymbol(type))]),
        );
    }
  }
  return { bySchema, ofEvents };
}

function schemaOf(node: ts.Node): string | undefined {
  if (!ts.isInterfaceDeclaration(node)) return undefined;
  const comments = ts.getJSDocCommentsAndTags(node).map((comment) => comment.getText());
  return source.exec(comments.join('\n').replace(/\s*\n\s*\*\s*/g, ' '))?.[1];
}

function fieldsOf(checker: ts.TypeChecker, node: ts.InterfaceDeclaration): Fields {
  const fields = new Map<string, Field>();
  for (const property of checker.getTypeAtLocation(node).getProperties()) {
    const type = checker.getTypeOfSymbol(property);
    fields.set(property.name, {
      optional: (property.flags & ts.SymbolFlags.Optional) !== 0,
      nullable: partsOf(type).some(({ flags }) => (flags & ts.TypeFlags.Null) !== 0),
      kinds: kindsOf(checker, type),
      values: partsOf(type).flatMap((part) => (part.isStringLiteral() ? [part.value] : [])),
    });
  }
  return fields;
}

/** What a value may be, without null and undefined: `string`, `number`, a schema's name, `array of …`. */
function kindsOf(checker: ts.TypeChecker, type: ts.Type): string[] {
  const empty = ts.TypeFlags.Null | ts.TypeFlags.Undefined;
  const kinds = partsOf(type)
    .filter(({ flags }) => (flags & empty) === 0)
    .flatMap((part) => kindsOfPart(checker, part));
  return [...new Set(kinds)].sort();
}

function kindsOfPart(checker: ts.TypeChecker, type: ts.Type): string[] {
  const { flags } = type;
  if (flags & ts.TypeFlags.StringLike) return ['string'];
  if (flags & ts.TypeFlags.NumberLike) return ['number'];
  if (flags & ts.TypeFlags.BooleanLike) return ['boolean'];
  // `string & {}`, which keeps an open union open.
  if (type.isIntersection()) return kindsOf(checker, type.types[0]!);
  if (flags & ts.TypeFlags.TypeParameter) return kindsOf(checker, checker.getBaseConstraintOfType(type)!);
  if (checker.isArrayLikeType(type)) {
    const [element] = checker.getTypeArguments(type as ts.TypeReference);
    return kindsOf(checker, element!).map((kind) => `array of ${kind}`);
  }
  const [declaration] = type.getSymbol()?.declarations ?? [];
  if (declaration === undefined || !ts.isInterfaceDeclaration(declaration)) return ['object'];
  return [schemaOf(declaration) ?? 'object'];
}

function partsOf(type: ts.Type): readonly ts.Type[] {
  return type.isUnion() ? type.types : [type];
}
