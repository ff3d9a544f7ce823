import { describe } from "../bytes/json.js";
import { ZarrError } from "../errors.js";
import { commonFamilies, commonType } from "./common-types.js";
import type { DataType } from "./data-type.js";
import { type DataTypeWithEndian, typeOfCode } from "./family.js";

/** The names by which callers call any type. */
interface EveryName {
  dataTypeFromName(name: string): DataTypeWithEndian;
  dataTypeToName(dataType: DataType): string;
}

let everyName: EveryName | undefined;

/** Called by the registry when it is loaded: no type but the common ones exists before. */
export function knowEveryName(names: EveryName): void {
  everyName = names;
}

/** A type as callers name it: `float32`, `datetime64[ns]`, `U8`, or JSON text. */
export function dtypeName(dataType: DataType): string {
  return everyName?.dataTypeToName(dataType) ?? dataType.name;
}

/** The form of the names of types that are not common. */
const otherName =
  /^(?:[[{].*|[<>=|]?[a-zA-Z]\d*(?:\[.+\])?|(?:numpy\.)?(?:datetime|timedelta)64.*|(?:complex|b?float|u?int)_?\d\w*|[a-z]+_\w+|r\d+|object|string|bytes|struct(?:ured)?)$/s;

/**
 * True if callers name a type so: the answer is the same whatever has been loaded.
 * @throws ZarrError `ERR_DATA_TYPE` - no name of a type looks like this one
 */
export function isNamed(dataType: DataType, name: string): boolean {
  if (everyName !== undefined) {
    try {
      return dtypeName(everyName.dataTypeFromName(name).dataType) === dtypeName(dataType);
    } catch (error) {
      if (otherName.test(name)) return false;
      throw error;
    }
  }
  const common = commonType(name) ?? typeOfCode(commonFamilies, name)?.dataType;
  if (common !== undefined || otherName.test(name)) return common === dataType;
  throw new ZarrError("ERR_DATA_TYPE", `data type ${describe(name)} is not known to this version`, { dataType: name });
}
