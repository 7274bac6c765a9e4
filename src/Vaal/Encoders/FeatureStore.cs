using System.Numerics.Tensors;
using System.Security.Cryptography;
using System.Text;
using Vaal.Data;
using Vaal.Data.Features;
using Vaal.Models;

namespace Vaal.Encoders;

/// <summary>
/// The features of a pool by one encoder, kept in a folder beside the pool's cache. Rows belong to contents: a renamed
/// file, or one that lies there twice, costs only its reading.
/// </summary>
internal sealed class FeatureStore
{
    /// <summary>Images that a thread decodes and encodes at once.</summary>
    private const int MostInBatch = 8;

    /// <summary>Threads at once: each holds a batch's maps in memory.</summary>
    private const int MostThreads = 16;

    private readonly string _folder;
    private readonly IEncoder _encoder;

    private FeatureStore(string folder, IEncoder encoder) => (_folder, _encoder) = (folder, encoder);

    /// <param name="folder">made when the first features are written</param>
    /// <param name="encoder">stays the caller's</param>
    public static FeatureStore Open(string folder, IEncoder encoder) => new(Path.GetFullPath(folder), encoder);

    /// <summary>Features of image files; those that are missing are made. What was made stays when this is
    /// stopped.</summary>
    /// <param name="root">what the paths are relative to</param>
    /// <param name="notes">receives a line for what the user should know</param>
    /// <returns>rows by the position of a file; an image that cannot be decoded has none</returns>
    /// <exception cref="InputException">the encoder fails or gives no numbers, or the folder cannot be
    /// written</exception>
    public FeatureRows Of(ImageRoot root, IReadOnlyList<SourceFile> files, FeatureOptions? options = null,
        ICollection<string>? notes = null)
    {
        var o = options ?? new();
        return Of(files.Count, i => FeatureKey.StampOf(files[i]), Open, i => files[i].Path, o, notes);

        Opened Open(int i)
        {
            if (root.FileOf(files[i].Path, out var outside) is not { } path) return new(outside!);
            try
            {
                // what is decoded is what was hashed: another file may take its place meanwhile
                if (RegularFile.Info(path).Length > ImageDecoder.ReadWhole) return Large(path);
                var bytes = RegularFile.ReadAllBytes(path);
                return new(FeatureKey.First(SHA256.HashData(bytes)),
                    target => _encoder.Input.DecodeBytes(bytes, target, o.MaxPixels, o.Cancel).Problem);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return new(e is FileNotFoundException or DirectoryNotFoundException ? "there is no such file"
                    : e.Message);
            }
        }

        Opened Large(string path)
        {
            var same = new SameFile(path);
            return new(FeatureKey.First(Convert.FromHexString(same.Sha256)), target =>
            {
                var problem = _encoder.Input.Decode(path, target, o.MaxPixels, o.Cancel).Problem;
                return problem ?? (same.IsThere() ? null : "it changed while it was read; run the same command again");
            });
        }
    }

    /// <summary>Positions of the files that have no features here yet.</summary>
    public int[] Missing(IReadOnlyList<SourceFile> files, CancellationToken cancel = default)
    {
        using var file = FeatureFile.Open(PathOf(_encoder), _encoder.Digest, _encoder.FeatureDim, cancel);
        return [.. Enumerable.Range(0, files.Count).Where(i => file.RowOf(FeatureKey.StampOf(files[i])) < 0)];
    }

    /// <summary>Takes over rows that this encoder made somewhere else.</summary>
    /// <param name="rows">of each file the first half of the SHA-256 of its bytes, and its features, (F)</param>
    public void Add(IReadOnlyList<(SourceFile File, UInt128 Content, Half[] Row)> rows,
        CancellationToken cancel = default)
    {
        using var file = FeatureFile.Open(PathOf(_encoder), _encoder.Digest, _encoder.FeatureDim, cancel);
        file.BeginWriting(new FeatureOptions().Wait, cancel);
        var (keys, features, others) = (new List<FeatureKey>(), new List<Half>(), new List<FeatureKey>());
        var taken = new HashSet<UInt128>();
        foreach (var (of, content, row) in rows)
        {
            var key = new FeatureKey(content, FeatureKey.StampOf(of));
            if (file.RowOfContent(content) >= 0 || !taken.Add(content)) others.Add(key);
            else
            {
                keys.Add(key);
                features.AddRange(row);
            }
        }
        file.Append(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(keys),
            System.Runtime.InteropServices.CollectionsMarshal.AsSpan(features),
            System.Runtime.InteropServices.CollectionsMarshal.AsSpan(others));
        file.EndWriting();
    }

    /// <summary>Features of images that are in memory at their original size.</summary>
    public FeatureRows Of(ImageSet images, FeatureOptions? options = null, ICollection<string>? notes = null)
    {
        return Of(images.Count, PixelsOf, Open, i => $"image {i}", options ?? new(), notes);

        UInt128 PixelsOf(int i)
        {
            using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            sum.AppendData(Encoding.UTF8.GetBytes($"{images.Channels} {images.Height} {images.Width}\n"));
            sum.AppendData(images[i]);
            return FeatureKey.First(sum.GetHashAndReset());
        }

        Opened Open(int i) => new(PixelsOf(i), target =>
        {
            _encoder.Input.Resample(images[i], images.Channels, images.Height, images.Width, target);
            return null;
        });
    }

    /// <summary>An image that was opened: a hash of its content, and how its pixels come from that content.</summary>
    private readonly record struct Opened(UInt128? Content, Decoder? Decode, string? Problem = null)
    {
        public Opened(string problem) : this(null, null, problem)
        {
        }
    }

    /// <returns>what is wrong with the image; null: its pixels are in <paramref name="target"/></returns>
    private delegate string? Decoder(Span<byte> target);

    private FeatureRows Of(int count, Func<int, UInt128> stampOf, Func<int, Opened> open, Func<int, string> nameOf,
        FeatureOptions o, ICollection<string>? notes)
    {
        var path = PathOf(_encoder);
        using var file = FeatureFile.Open(path, _encoder.Digest, _encoder.FeatureDim, o.Cancel);
        var stamps = new UInt128[count];
        Parallel.For(0, count, new ParallelOptions { CancellationToken = o.Cancel }, i => stamps[i] = stampOf(i));
        var problems = new Dictionary<int, string>();
        if (Missing().Length > 0)
        {
            _encoder.Load();                                                     // before anything is written
            try
            {
                file.BeginWriting(o.Wait, o.Cancel,
                    () => o.Report?.Invoke(new("waiting for another process that makes features", 0, 1)));
                var making = new Making(file, _encoder, stamps, open, nameOf, o, problems);
                if (Missing() is { Length: > 0 } missing) making.Make(missing);
                file.EndWriting();
            }
            catch (IOException e) when (AtomicFile.IsDiskFull(e))
            {
                throw new InputException(
                    $"no space left on the disk of {path}; make room, then run the same command to continue", e);
            }
        }
        if (file.Note is { } note) notes?.Add(note);
        return file.Rows(Array.ConvertAll(stamps, file.RowOf), problems);

        int[] Missing() => [.. Enumerable.Range(0, count).Where(i => file.RowOf(stamps[i]) < 0)];
    }

    private string PathOf(IEncoder encoder) =>
        Path.Combine(_folder, $"{encoder.Name}-{encoder.Digest[..12]}.features");

    /// <summary>The work of some threads on what is missing: each takes images, decodes and encodes a batch of them,
    /// and appends it.</summary>
    private sealed class Making(FeatureFile file, IEncoder encoder, UInt128[] stamps, Func<int, Opened> open,
        Func<int, string> nameOf, FeatureOptions o, Dictionary<int, string> problems)
    {
        private readonly Lock _lock = new();                                     // over file and problems
        private int _next, _done, _total;

        public void Make(int[] missing)
        {
            _total = missing.Length;
            var threads = PretrainedEncoders.Threads;
            var workers = Math.Clamp(o.Threads > 0 ? o.Threads : threads, 1, Math.Min(MostThreads, missing.Length));
            var batch = Math.Clamp(missing.Length / workers, 1, MostInBatch);
            SharedThreads.Run(workers, (number, failed) =>
            {
                var some = new Batch(batch, encoder);
                while (!failed() && Fill(some, missing, failed))
                {
                    Append(some);
                    // on the caller's thread
                    if (number == 0) o.Report?.Invoke(new("encoding images", Volatile.Read(ref _done), _total));
                }
            });
            o.Report?.Invoke(new("encoding images", _total, _total));
        }

        /// <summary>Decodes images until the batch is full; false: there are none left.</summary>
        private bool Fill(Batch some, int[] missing, Func<bool> failed)
        {
            some.Clear();
            while (some.Rows.Count < some.Most && !failed() && Interlocked.Increment(ref _next) is var at
                && at <= missing.Length)
            {
                o.Cancel.ThrowIfCancellationRequested();
                var image = missing[at - 1];
                some.Seen++;
                var (found, decode, problem) = open(image);
                if (found is { } content)
                {
                    var key = new FeatureKey(content, stamps[image]);
                    bool known;
                    lock (_lock) known = file.RowOfContent(content) >= 0;
                    if (known || some.Rows.Exists(r => r.Content == content))
                    {
                        some.Others.Add(key);
                        continue;
                    }
                    problem = decode!(some.Next);
                    if (problem is null) some.Add(key, image);
                }
                if (problem is null) continue;
                lock (_lock) problems[image] = problem;
            }
            return some.Seen > 0;
        }

        private void Append(Batch some)
        {
            some.Encode(nameOf);
            lock (_lock) file.Append(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(some.Rows), some.Features,
                System.Runtime.InteropServices.CollectionsMarshal.AsSpan(some.Others));
            Interlocked.Add(ref _done, some.Seen);
        }
    }

    /// <summary>Images of one thread on their way to features.</summary>
    private sealed class Batch(int most, IEncoder encoder)
    {
        private readonly byte[] _pixels = new byte[most * encoder.Input.ImageBytes];
        private readonly float[] _features = new float[most * encoder.FeatureDim];
        private readonly Half[] _halves = new Half[most * encoder.FeatureDim];
        private readonly List<int> _images = [];

        public int Most => most;

        /// <summary>Images taken for this batch: encoded, known, or not to be decoded.</summary>
        public int Seen { get; set; }

        public List<FeatureKey> Rows { get; } = [];

        public List<FeatureKey> Others { get; } = [];

        /// <summary>Where the next image's pixels go.</summary>
        public Span<byte> Next => _pixels.AsSpan(Rows.Count * encoder.Input.ImageBytes, encoder.Input.ImageBytes);

        /// <summary>Rows × F.</summary>
        public ReadOnlySpan<Half> Features => _halves.AsSpan(0, Rows.Count * encoder.FeatureDim);

        public void Clear()
        {
            Seen = 0;
            Rows.Clear();
            Others.Clear();
            _images.Clear();
        }

        public void Add(FeatureKey key, int image)
        {
            Rows.Add(key);
            _images.Add(image);
        }

        public void Encode(Func<int, string> nameOf)
        {
            if (Rows.Count == 0) return;
            var (dim, count) = (encoder.FeatureDim, Rows.Count);
            var features = _features.AsSpan(0, count * dim);
            encoder.Encode(_pixels.AsSpan(0, count * encoder.Input.ImageBytes), count, features);
            TensorPrimitives.ConvertToHalf(features, _halves);
            for (var i = 0; i < features.Length; i++)
            {
                if (Half.IsFinite(_halves[i])) continue;
                throw new InputException(FormattableString.Invariant(
                    $"expected features within float16 (±65504) of {encoder.Name}, ")
                    + FormattableString.Invariant($"found {features[i]} in column {i % dim} of ")
                    + nameOf(_images[i / dim]));
            }
        }
    }
}
