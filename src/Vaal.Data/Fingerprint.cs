using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Vaal.Data;

/// <summary>What <see cref="DataSet.Fingerprint"/> is made of.</summary>
internal static class Fingerprint
{
    /// <summary>Of a file's content: hexadecimal SHA-256.</summary>
    /// <exception cref="InputException">there is none</exception>
    public static string OfFile(string path, string wanted = "that file")
    {
        if (!File.Exists(path)) throw new InputException($"no file {path}; expected {wanted}");
        using var file = RegularFile.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>Of some images' pixels alone, in their order: hexadecimal SHA-256.</summary>
    public static string OfPixels(ImageSet images)
    {
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sum.AppendData(Encoding.UTF8.GetBytes($"{images.Channels} × {images.Height} × {images.Width}\n"));
        for (var id = 0; id < images.Count; id++) sum.AppendData(images[id]);
        return Convert.ToHexStringLower(sum.GetHashAndReset());
    }

    /// <param name="digest">of the pixels, where that is known already; null: they are read</param>
    public static string Of(IReadOnlyList<string> classNames, ImageSet pool, ImageSet? test, string? digest = null)
    {
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var name in classNames) Add(name);
        Add(digest ?? "");
        foreach (var set in new[] { pool, test })
        {
            if (set is null) continue;
            Add($"{set.Count} × {set.Channels} × {set.Height} × {set.Width}");
            foreach (var path in set.Paths) Add(path);
            sum.AppendData(MemoryMarshal.AsBytes<int>(set.Classes.ToArray()));
            foreach (var classes in set.ClassSets ?? []) Add(classes is null ? "-" : string.Join(' ', classes));
            for (var id = 0; digest is null && id < set.Count; id++) sum.AppendData(set[id]);
            for (var id = 0; digest is null && id < set.Masks?.Count; id++) sum.AppendData(set.Masks[id]);
        }
        return Convert.ToHexStringLower(sum.GetHashAndReset());

        void Add(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            sum.AppendData(BitConverter.GetBytes(bytes.Length));
            sum.AppendData(bytes);
        }
    }
}
