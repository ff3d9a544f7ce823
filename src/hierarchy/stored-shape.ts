import { type MemberPlace, placeOfMember, textWith } from "../bytes/json-rewrite.js";
import type { Limits } from "../bytes/limits.js";
import { parseJson } from "../bytes/parse-json.js";
import { isZarrError } from "../errors.js";
import type { ArrayMetadata } from "../metadata/node-metadata.js";
import { withShape } from "../metadata/serialize.js";
import type { LoadedNode, NodeDocuments } from "./load-node.js";

/** The document that has the shape, and the place in it. */
interface ShapePlace extends MemberPlace {
  readonly name: string;
}

/** By documents. Those that differ in nothing but the shape share one: it is looked for once, however often an array grows. */
const places = new WeakMap<NodeDocuments, ShapePlace>();

/**
 * The same array with another shape, as it is to be stored: everything else stays as it was written, byte by byte.
 * Throws as {@link withShape}.
 */
export function withStoredShape(
  stored: LoadedNode<ArrayMetadata>,
  shape: readonly number[],
  limits: Limits,
): LoadedNode<ArrayMetadata> {
  const metadata = withShape(stored.metadata, shape, limits);
  if (metadata.shape.every((length, d) => length === stored.metadata.shape[d])) return stored;
  const place = placeOfShape(stored.documents);
  return {
    metadata,
    documents: sharing(place, { ...stored.documents, [place.name]: textWith(place, metadata.shape) }),
  };
}

/**
 * The array that `documents` describe, if they are those of `known` but for the shape, as after another writer's append: then
 * nothing else is parsed again. `undefined` where the whole has to be parsed, also to say what is wrong.
 */
export function reshaped(
  known: LoadedNode<ArrayMetadata>,
  documents: NodeDocuments,
  limits: Limits,
): LoadedNode<ArrayMetadata> | undefined {
  const place = placeOfShape(known.documents);
  const { name, before, after } = place;
  const text = documents[name];
  const isElsewhereSame =
    text !== undefined &&
    text.length > before.length + after.length &&
    text.startsWith(before) &&
    text.endsWith(after) &&
    Object.keys(documents).length === Object.keys(known.documents).length &&
    Object.entries(known.documents).every(([other, was]) => other === name || documents[other] === was);
  if (!isElsewhereSame) return undefined;
  try {
    const shape = parseJson(text.slice(before.length, text.length - after.length)) as number[];
    return { metadata: withShape(known.metadata, shape, limits), documents: sharing(place, documents) };
  } catch (error) {
    if (isZarrError(error)) return undefined;
    throw error;
  }
}

function placeOfShape(documents: NodeDocuments): ShapePlace {
  const known = places.get(documents);
  if (known !== undefined) return known;
  const name = documents["zarr.json"] === undefined ? ".zarray" : "zarr.json";
  const place = { name, ...placeOfMember(documents[name]!, "shape")! }; // without a shape it would be no array
  places.set(documents, place);
  return place;
}

function sharing(place: ShapePlace, documents: NodeDocuments): NodeDocuments {
  places.set(documents, place);
  return documents;
}
