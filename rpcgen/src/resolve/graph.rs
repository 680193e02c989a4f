//! Circles in a graph of types.

/// For each node the component it belongs to. A component gets its number after every component it
/// points to, so that numbers in rising order visit what is used before what uses it.
pub(super) struct Components {
    of: Vec<usize>,
    sizes: Vec<usize>,
}

impl Components {
    pub(super) fn same(&self, a: usize, b: usize) -> bool {
        matches!((self.of.get(a), self.of.get(b)), (Some(a), Some(b)) if a == b)
    }

    pub(super) fn component(&self, node: usize) -> usize {
        self.of.get(node).copied().unwrap_or(NEW)
    }

    /// Whether the node lies on a circle; `edges` are those the components were made from.
    pub(super) fn is_circular(&self, node: usize, edges: &[Vec<usize>]) -> bool {
        let size = self
            .of
            .get(node)
            .and_then(|&component| self.sizes.get(component))
            .copied()
            .unwrap_or(0);
        size > 1 || edges.get(node).is_some_and(|to| to.contains(&node))
    }

    /// The nodes, what is used before what uses it.
    pub(super) fn order(&self) -> Vec<usize> {
        let mut nodes: Vec<usize> = (0..self.of.len()).collect();
        nodes.sort_by_key(|&node| self.of.get(node).copied());
        nodes
    }
}

const NEW: usize = usize::MAX;

/// Tarjan's algorithm, with a stack of its own: files may nest types as deep as they like.
pub(super) fn components(edges: &[Vec<usize>]) -> Components {
    let count = edges.len();
    let mut run = Run {
        edges,
        index: vec![NEW; count],
        low: vec![0; count],
        of: vec![NEW; count],
        sizes: Vec::new(),
        open: Vec::new(),
        next: 0,
    };
    for node in 0..count {
        if run.index.get(node) == Some(&NEW) {
            run.visit(node);
        }
    }
    Components { of: run.of, sizes: run.sizes }
}

struct Run<'a> {
    edges: &'a [Vec<usize>],
    index: Vec<usize>,
    low: Vec<usize>,
    of: Vec<usize>,
    sizes: Vec<usize>,
    open: Vec<usize>,
    next: usize,
}

impl Run<'_> {
    fn visit(&mut self, root: usize) {
        let mut path = vec![(root, 0usize)];
        self.enter(root);
        while let Some((node, at)) = path.last_mut() {
            let node = *node;
            let to = self.edges.get(node).and_then(|to| to.get(*at)).copied();
            *at = at.saturating_add(1);
            match to {
                Some(to) if get(&self.index, to) == NEW => {
                    self.enter(to);
                    path.push((to, 0));
                }
                Some(to) if get(&self.of, to) == NEW => self.lower(node, get(&self.index, to)),
                Some(_) => {}
                None => {
                    path.pop();
                    self.leave(node);
                    if let Some(&(parent, _)) = path.last() {
                        self.lower(parent, get(&self.low, node));
                    }
                }
            }
        }
    }

    fn enter(&mut self, node: usize) {
        set(&mut self.index, node, self.next);
        set(&mut self.low, node, self.next);
        self.next = self.next.saturating_add(1);
        self.open.push(node);
    }

    fn lower(&mut self, node: usize, to: usize) {
        let low = get(&self.low, node).min(to);
        set(&mut self.low, node, low);
    }

    fn leave(&mut self, node: usize) {
        if get(&self.low, node) != get(&self.index, node) {
            return;
        }
        let component = self.sizes.len();
        let mut size = 0usize;
        while let Some(member) = self.open.pop() {
            set(&mut self.of, member, component);
            size = size.saturating_add(1);
            if member == node {
                break;
            }
        }
        self.sizes.push(size);
    }
}

fn get(values: &[usize], at: usize) -> usize {
    values.get(at).copied().unwrap_or(NEW)
}

fn set(values: &mut [usize], at: usize, value: usize) {
    if let Some(slot) = values.get_mut(at) {
        *slot = value;
    }
}
