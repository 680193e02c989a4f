import java.net.InetAddress;

import mirror.*;
import org.acplt.oncrpc.*;

/** A client that Remote Tea makes: looks the server up, has three items turned round, and adds. Usage: Call tcp|udp */
class Call {
    public static void main(String[] args) throws Exception {
        int protocol = args[0].equals("tcp") ? OncRpcProtocols.ONCRPC_TCP : OncRpcProtocols.ONCRPC_UDP;
        InetAddress host = InetAddress.getByName("127.0.0.1");
        try {
            mirrorClient client = new mirrorClient(host, protocol);
            mirror_item turned = client.MIRROR_1(items());
            StringBuilder names = new StringBuilder();
            for (mirror_item item = turned; item != null; item = item.next) {
                names.append(text(item)).append('\n');
            }
            System.out.print(names);
            System.out.println(client.ADD_1(Integer.MAX_VALUE, Integer.MIN_VALUE));
            client.close();
            mirrorClient other = new mirrorClient(host, mirror.MIRROR_PROG, 2, protocol);
            other.getClient().call(0, XdrVoid.XDR_VOID, XdrVoid.XDR_VOID);
        } catch (OncRpcException error) {
            System.out.println(error.getMessage());
        }
    }

    /** One for each arm of the union. */
    static mirror_item items() {
        mirror_shape empty = new mirror_shape();
        empty.color = mirror_color.MIRROR_RED;
        mirror_shape corner = new mirror_shape();
        corner.color = mirror_color.MIRROR_GREEN;
        corner.corner = new mirror_point();
        corner.corner.x = -1;
        corner.corner.y = Long.MIN_VALUE;
        mirror_shape note = new mirror_shape();
        note.color = mirror_color.MIRROR_BLUE;
        note.note = "odd";
        return item("a", empty, item("bcd", corner, item("", note, null)));
    }

    static mirror_item item(String name, mirror_shape shape, mirror_item next) {
        mirror_item item = new mirror_item();
        item.here = next != null;
        item.count = -1;
        item.big = -2;
        item.single = 1.5f;
        item.twice = -0.1;
        item.name = name;
        item.blob = name.getBytes();
        item.id = new byte[] {1, 2, 3, 4, -5};
        item.numbers = new int[] {7, -7};
        item.shape = shape;
        item.next = next;
        return item;
    }

    static String text(mirror_item item) {
        mirror_shape shape = item.shape;
        String what = shape.color == mirror_color.MIRROR_RED ? "red"
            : shape.color == mirror_color.MIRROR_GREEN ? shape.corner.x + "," + shape.corner.y
            : shape.note;
        return String.join(" ", "" + item.here, "" + item.count, "" + item.big, "" + item.single, "" + item.twice,
            "'" + item.name + "'", new String(item.blob).length() + "", java.util.Arrays.toString(item.id),
            java.util.Arrays.toString(item.numbers), what);
    }
}
