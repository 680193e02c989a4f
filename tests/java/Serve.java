import mirror.*;

/** A server that Remote Tea makes: registers, and answers over TCP and UDP until it is killed. */
class Serve extends mirrorServerStub {
    Serve() throws Exception {
    }

    public mirror_item MIRROR_1(mirror_item first) {
        mirror_item turned = null;
        for (mirror_item item = first, next; item != null; item = next) {
            next = item.next;
            item.next = turned;
            turned = item;
        }
        return turned;
    }

    public int ADD_1(int one, int other) {
        return one + other;
    }

    public static void main(String[] args) throws Exception {
        Serve server = new Serve();
        server.register(server.transports);
        System.out.println("ready");
        server.run(server.transports);
    }
}
