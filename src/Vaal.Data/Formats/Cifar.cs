namespace Vaal.Data.Formats;

/// <summary>The binary layout of CIFAR: for each image one or two label bytes, then 3 · 32 · 32 bytes, plane by
/// plane.</summary>
internal static class Cifar
{
    private const int Side = 32, ImageBytes = 3 * Side * Side;

    /// <summary>All files as one set.</summary>
    /// <param name="labels">number of classes that each label byte counts; the last byte is the class</param>
    /// <param name="official">images that an official file has</param>
    /// <param name="onLabels">sees the label bytes of each image</param>
    public static ImageSet Read(
        IReadOnlyList<string> files, int[] labels, int official, List<string> notes, Action<string, int,
        byte[]>? onLabels = null)
    {
        var counts = files.Select(f => Images(f, labels.Length + ImageBytes)).ToArray();
        var total = counts.Sum();
        var pixels = PixelStore.Allocate((long)total * ImageBytes);
        try
        {
            var classes = new int[total];
            var head = new byte[labels.Length];
            var id = 0;
            foreach (var (file, count) in files.Zip(counts))
            {
                if (count != official)
                    notes.Add(
                        $"{Path.GetFileName(file)} holds {Counted.Of(count, "image")}; the official file has "
                            + $"{official:N0}");
                using var stream = new BufferedStream(RegularFile.OpenRead(file), 1 << 20);
                for (var i = 0; i < count; i++, id++)
                {
                    stream.ReadExactly(head);
                    for (var l = 0; l < labels.Length; l++)
                        if (head[l] >= labels[l])
                            throw new InputException(
                                $"{file} is damaged: label {head[l]} in image {i:N0}; expected 0..{labels[l] - 1}");
                    onLabels?.Invoke(file, i, head);
                    classes[id] = head[^1];
                    stream.ReadExactly(pixels.Writable((long)id * ImageBytes, ImageBytes));
                }
            }
            return new(pixels, 3, Side, Side, classes);
        }
        catch
        {
            pixels.Dispose();
            throw;
        }
    }

    /// <summary>The folder itself, or the one inside it that the official archive makes.</summary>
    public static string Folder(string path, string archive, Func<string, bool> holdsData)
        => !holdsData(path) && holdsData(Path.Combine(path, archive)) ? Path.Combine(path, archive) : path;

    /// <summary>Class names by number: from the file where it is there and has them all, else the numbers.</summary>
    public static string[] Names(string file, int count, List<string> notes)
    {
        string[] names = File.Exists(file)
            ? [.. RegularFile.ReadAllLines(file).Select(l => l.Trim()).Where(l => l.Length > 0)]
            : [];
        var different = names.Distinct().Count();
        if (names.Length == count && different == count) return names;
        if (names.Length > 0)
            notes.Add($"{Path.GetFileName(file)} has {Counted.Of(names.Length, "name")}"
                + $"{(different < names.Length ? $", {different:N0} of them different," : "")} for {count} classes; "
                + "classes are numbered instead");
        return [.. Enumerable.Range(0, count).Select(i => $"{i}")];
    }

    private static int Images(string file, int record)
    {
        var length = RegularFile.Info(file).Length;
        if (length == 0) throw new InputException($"{file} is empty");
        if (length % record != 0)
            throw new InputException(
                $"{file} is cut short or damaged: expected a multiple of {record:N0} bytes (one image), "
                + $"found {length:N0} bytes; copy it again");
        return checked((int)(length / record));
    }
}
