using Vaal.Data.Fetch;
using Vaal.Data.Formats;

namespace Vaal.Data;

/// <summary>The data formats by name. Where none is named, the first that recognises the source reads it.</summary>
public static class DataFormats
{
    /// <summary>In the order in which they are tried.</summary>
    internal static IReadOnlyDictionary<string, IDataFormat> All => _table;

    /// <summary>Names, in the order in which the formats are tried.</summary>
    public static IReadOnlyCollection<string> Names => _table.Keys;

    private static readonly Lock Gate = new();

    // replaced and never changed, so that others may read meanwhile
    private static volatile OrderedDictionary<string, IDataFormat> _table = new()
    {
        [Embedded.Name] = new Embedded(),
        [EmbeddedPhotos.Name] = new EmbeddedPhotos(),
        ["cifar10"] = new Cifar10(),
        ["cifar100"] = new Cifar100(),
        ["idx"] = new Idx(),
        ["camvid"] = new CamVid(),
        ["cityscapes"] = new Cityscapes(),
        ["bdd100k"] = new Bdd100k(),
        ["voc"] = new VocFolder(),
        ["image-masks"] = new ImageMaskFolder(),
        ["multi-label"] = new MultiLabelFolder(),
        ["class-folder"] = new ClassFolder(),
        ["flat-folder"] = new FlatFolder(),
    };

    /// <summary>Adds a data format of your own. It is tried before the others, so it can claim its folders.</summary>
    /// <param name="name">lower-case letters, digits and hyphens</param>
    /// <exception cref="ArgumentException">the name is taken or has other characters, or the format's description has
    /// more than one line</exception>
    public static void Register(string name, IDataFormat format)
    {
        ArgumentNullException.ThrowIfNull(format);
        TableName.Check(name);
        TableName.CheckLine(format.Description);
        lock (Gate)
        {
            if (_table.ContainsKey(name)) throw TableName.Taken(name);
            var more = new OrderedDictionary<string, IDataFormat>(_table);
            more.Insert(0, name, format);
            _table = more;
        }
    }

    internal static void Unregister(string name)
    {
        lock (Gate)
        {
            var left = new OrderedDictionary<string, IDataFormat>(_table);
            left.Remove(name);
            _table = left;
        }
    }

    /// <summary>Reads a data set: a folder, <c>embedded</c>, or the name of a fetched one (<c>vaal data fetch</c>). A
    /// folder goes before a data set of its name.</summary>
    /// <param name="format">one of <see cref="Names"/>; null: by what is in the folder</param>
    /// <exception cref="InputException">there is no such data, or it cannot be used</exception>
    public static DataSet Load(string nameOrPath, LoadOptions options, string? format = null)
    {
        ArgumentNullException.ThrowIfNull(nameOrPath);
        ArgumentNullException.ThrowIfNull(options);
        InputException.ThrowIfAny(options.Problems());
        var path = !Path.Exists(nameOrPath) && DataSources.All.TryGetValue(nameOrPath, out var source)
            ? new DataStore().Images(source)
            : nameOrPath;
        var (name, reader) = format is null ? Recognise(path) : (format, Named(format));
        return reader.Load(path, options)
            ?? throw new InputException($"expected a data set of the format {name} in {path}, found null; a format "
                + "gives one, or says in an InputException why it cannot");
    }

    private static IDataFormat Named(string format) => All.TryGetValue(format, out var found) ? found
        : throw new InputException(Unknown.Name("data format", format, All.Keys));

    private static (string Name, IDataFormat Format) Recognise(string path)
    {
        if (All.FirstOrDefault(f => f.Value.Recognises(path)) is { Value: { } format, Key: var name })
            return (name, format);
        if (!Path.Exists(path))
            throw new InputException(
                $"no data at '{path}': there is no such folder or data set; data sets are: "
                + $"embedded, embedded-photos, {string.Join(", ", DataSources.All.Keys)}");
        ImageFolder.Require(path);
        throw new InputException(
            $"the folder {path} holds no image and no data set; formats are: {string.Join(", ", All.Keys)}");
    }
}
