/** A list of the nodes of a store: a button for each, which calls `choose`. */
export function makeTree(root, members, choose) {
  const lists = new Map();
  const add = (list, node, name) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.path = node.path;
    button.textContent = node.kind === "array" ? `${name} [${node.shape.join(", ")}]` : name;
    button.addEventListener("click", () => choose(node));
    item.append(button);
    list.append(item);
    if (node.kind !== "group") return;
    const below = document.createElement("ul");
    item.append(below);
    lists.set(node.path, below);
  };
  const top = document.createElement("ul");
  add(top, root, "/");
  for (const node of members) {
    const cut = node.path.lastIndexOf("/");
    add(lists.get(node.path.slice(0, Math.max(0, cut))) ?? top, node, node.path.slice(cut + 1));
  }
  return top;
}
