using System.Text;

namespace Vaal.Bench.Attack;

/// <summary>Damages the bytes of a file: flips, cuts, repeats, and values that readers do not expect.</summary>
internal static class Mutator
{
    private static readonly string[] _nasty =
    [
        "-1", "1e999", "99999999999999999999", "null", "[]", "{}", "\"\"", "NaN", "../../x", "\\u0000", "\\ud800", "0",
        "4294967295", "\"", "<", "&x;", "[[[[[[[[", "\uFEFF", "\r", ",,,,", "\u001b[2J", "\u202e",
    ];

    /// <summary>Some damage, by chance.</summary>
    public static byte[] Damage(byte[] bytes, Random random)
    {
        var list = new List<byte>(bytes);
        for (var i = random.Next(1, 5); i > 0 && list.Count > 0; i--)
        {
            var at = random.Next(list.Count);
            switch (random.Next(6))
            {
                case 0:
                    list[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    list.RemoveRange(at, list.Count - at);
                    break;
                case 2:
                    list.RemoveRange(at, Math.Min(random.Next(1, 64), list.Count - at));
                    break;
                case 3:
                    list.InsertRange(at, list.GetRange(at, Math.Min(random.Next(1, 64), list.Count - at)));
                    break;
                case 4:
                    list.InsertRange(at, Encoding.UTF8.GetBytes(_nasty[random.Next(_nasty.Length)]));
                    break;
                default:
                    for (var j = at; j < Math.Min(at + 8, list.Count); j++) list[j] = (byte)random.Next(256);
                    break;
            }
        }
        return [.. list];
    }
}
