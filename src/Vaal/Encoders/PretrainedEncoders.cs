using Vaal.Data.Fetch;
using Vaal.Data.Learning;
using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Encoders;

/// <summary>
/// The encoders that a name is enough for: those that come with Vaal, those that are fetched, and your own. An
/// <c>.onnx</c> file is named by its path.
/// </summary>
public static class PretrainedEncoders
{
    /// <summary>In place of a name: no encoder.</summary>
    internal const string None = ImageSources.NoEncoder;

    private static readonly Lock Gate = new();

    // replaced and never changed, so that others may read meanwhile
    private static volatile OrderedDictionary<string, EncoderEntry> _table = new(new[]
    {
        ResNet18Encoder.Entry,
        DinoV2Small.Entry,
        DinoV2Base.Entry,
        SiglipBase.Entry,
        PixelsVaeEncoder.Entry,
    }.Select(e => KeyValuePair.Create(e.Name, e)));

    /// <summary>Names, in the order of the table.</summary>
    public static IReadOnlyCollection<string> Names => _table.Keys;

    /// <summary>By name, in the order of the table.</summary>
    internal static IReadOnlyDictionary<string, EncoderEntry> All => _table;

    /// <summary>Adds an encoder of your own: options that take an encoder's name then take it too.</summary>
    /// <param name="name">lower-case letters, digits and hyphens, such as <c>colours</c></param>
    /// <param name="description">one line for help texts</param>
    /// <param name="create">makes an instance, which is disposed after use; it is called once a run</param>
    /// <exception cref="ArgumentException">the name is taken or has other characters, or the description has more
    /// than one line</exception>
    public static void Register(string name, string description, Func<IImageEncoder> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        TableName.Check(name);
        TableName.CheckLine(description);
        var entry = new EncoderEntry(name, description, "yours", FeatureDim: 0,
            _ => new RegisteredEncoder(name, create()));
        lock (Gate)
        {
            if (name is None or "vae" or "task" || _table.ContainsKey(name)) throw TableName.Taken(name);
            _table = new OrderedDictionary<string, EncoderEntry>(_table) { [name] = entry };
        }
    }

    internal static void Unregister(string name)
    {
        lock (Gate)
        {
            var left = new OrderedDictionary<string, EncoderEntry>(_table);
            left.Remove(name);
            _table = left;
        }
    }

    /// <summary>Every encoder of the table: its licence, its size, and what of it is in a folder.</summary>
    /// <param name="folder">of fetched encoders; null: in the user's cache folder</param>
    public static Report List(string? folder = null) => new KnownEncoders(folder);

    /// <summary>Whether nothing is ever fetched for an encoder: it comes with Vaal, is your own, or an <c>.onnx</c>
    /// file.</summary>
    public static bool IsNoDownload(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return IsFile(name) || (All.TryGetValue(name, out var known) && known.Source is null);
    }

    /// <summary>Downloads and verifies one; the same call continues a stopped one.</summary>
    /// <param name="folder">of fetched encoders; null: in the user's cache folder</param>
    /// <param name="from">a file or folder on this machine, or the address of a folder on another server; null: the
    /// publisher's</param>
    /// <exception cref="InputException">there is no such encoder, or it cannot be fetched</exception>
    public static FetchReport Fetch(string name, string? folder = null, string? from = null,
        Action<TrainEvent>? report = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        var (entry, store) = (Named(name), FetchedEncoder.Store(folder));
        if (entry.Source is not { } source) return new(name, fetched: false, folder: null) { Licence = entry.Licence };
        var fetched = store.Fetch(source, new FetchOptions { From = from, Report = report, Cancel = cancel });
        var made = store.Folder(source);
        // where every command finds a model by its name
        var known = RuntimeOptions.Current.CacheFolder is not null && FetchedEncoder.Store(null).Folder(source) == made;
        return new(name, fetched, made)
        {
            Licence = entry.Licence,
            Note = folder is null || known ? null
                : $"other commands do not look in {folder}; 'vaal encoder fetch {name} --from {made}' puts it where "
                    + "they do",
        };
    }

    /// <summary>Verifies the files of an encoder, or tries the user's own <c>.onnx</c> model.</summary>
    /// <param name="folder">of fetched encoders; null: in the user's cache folder</param>
    /// <returns>what is missing, damaged or does not fit; and, where there is nothing of that kind, what was found, in
    /// words</returns>
    /// <exception cref="InputException">there is no such encoder</exception>
    public static (IReadOnlyList<string> Problems, string Words) Check(string name, string? folder = null,
        Action<TrainEvent>? report = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (Problem(name) is { } unknown) throw new InputException(unknown);
        try
        {
            if (!All.TryGetValue(name, out var known))
            {
                using var encoder = Open(name, new EncoderContext());
                cancel.ThrowIfCancellationRequested();
                return ([], $"takes {encoder.Input.Size}×{encoder.Input.Size} pixels, gives {encoder.FeatureDim} "
                    + $"features; digest {encoder.Digest[..12]}");
            }
            if (known.Source is { } source)
                return (FetchedEncoder.Store(folder).Check(source, report, cancel),
                    "every file is as it was published");
            known.Verify?.Invoke();
            return ([], known.Verify is null ? "nothing to verify" : "the model is whole");
        }
        catch (InputException e)
        {
            return ([e.Message], "");
        }
    }

    /// <summary>An encoder as a workspace keeps it: its name, or the whole path of a model or a table of
    /// features.</summary>
    /// <param name="flip">features are the mean of those of an image and of its mirror image</param>
    /// <param name="fetched">refuse an encoder that is still to be fetched into the user's cache folder</param>
    /// <exception cref="InputException">there is no such encoder or file, it cannot be given mirror images, or it is
    /// still to be fetched</exception>
    public static string Resolve(string name, bool flip = false, bool fetched = false)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (SourceFeatures.Problem(name) is { } problem) throw new InputException(problem);
        var (own, flips) = FlippedEncoder.Parse(name);
        if (flip && (own == None || ForeignFeatures.Recognises(own)))
            throw new InputException($"expected an encoder that encodes mirror images too (--encoder-flip), found "
                + $"'{own}', which encodes none; do without them");
        var whole = own == None || All.ContainsKey(own) ? own
            : File.Exists(own) ? Path.GetFullPath(own)
            : throw new InputException($"expected an encoder in {own}, found no such file");
        ForeignFeatures.CheckList(whole);
        if (fetched && All.TryGetValue(own, out var known) && known.Source is { } source
            && FetchedEncoder.Store(null) is var store && !store.Holds(source))
            throw new InputException($"{source.Name} is not in {store.Folder(source)}; 'vaal encoder fetch "
                + $"{source.Name}' fetches it ({source.Bytes / 1e6:N0} MB)");
        return flip || flips ? whole + FlippedEncoder.Suffix : whole;
    }

    /// <summary>An encoder as others may see it: its name, or that of its file without the folder.</summary>
    internal static string Shown(string name) => Path.GetFileName(name);

    /// <summary>It is an encoder of the table, flipped or not.</summary>
    internal static bool Has(string name) => All.ContainsKey(FlippedEncoder.Parse(name).Name);

    /// <summary>Why there is no such encoder; null: there is.</summary>
    internal static string? Problem(string name) => Has(name) || IsFile(FlippedEncoder.Parse(name).Name) ? null
        : $"expected one of the encoders {string.Join(", ", All.Keys)}, or the path of a file that ends in .onnx, "
            + $"found '{name}'";

    /// <exception cref="InputException">there is no encoder of that name</exception>
    internal static EncoderEntry Named(string name) => All.TryGetValue(name, out var found) ? found
        : throw new InputException(Problem(name)
            ?? $"expected an encoder of {string.Join(", ", All.Keys)}, found the file '{name}'");

    /// <summary>Opens an encoder of the table, or the user's own model.</summary>
    /// <exception cref="InputException">there is none of that name, its model is missing, damaged, or does not
    /// fit</exception>
    internal static IEncoder Open(string name, EncoderContext context)
    {
        var (own, flips) = FlippedEncoder.Parse(name);
        var encoder = !All.ContainsKey(own) && IsFile(own) ? OnnxImageEncoder.OpenUsers(own, threads: 1)
            : All.TryGetValue(own, out var known) ? known.Open(context)
            : throw new InputException($"{Problem(own)}, which another program may have registered; use that program, "
                + $"or 'vaal init --encoder {ImageSources.DefaultEncoder}'");
        return flips ? new FlippedEncoder(encoder) : encoder;
    }

    /// <summary>Threads that encode at once: libtorch's, so that <see cref="RuntimeOptions.Threads"/> holds here
    /// too.</summary>
    internal static int Threads
    {
        get
        {
            Libtorch.Ready();
            return get_num_threads();
        }
    }

    private static bool IsFile(string name) => name.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase);
}
