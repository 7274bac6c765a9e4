// Draws the embedded data set from Fashion-MNIST as Debian has it (package dataset-fashion-mnist):
//     dotnet run build/embedded/draw.cs [FOLDER WITH THE FOUR IDX .gz FILES]
// Rule: for each class, order the images by the SHA-256 of "train/12345" or "test/678" (the set, the image's place in
// its file) and take the first 500 or 100; then put all that were taken into the order of their places.
// Format, compressed with Brotli: places (int32, little-endian) of the 5,000 training and 1,000 test images, then their
// classes (a byte each), then their pixels (28 · 28 bytes each).
#:property PublishAot=false
#:property VaalPatchTorchSharp=false
using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

const int ImageBytes = 28 * 28, Classes = 10;
var source = args.Length > 0 ? args[0] : "/usr/share/datasets/fashion-mnist";
var target = Path.Combine(Path.GetDirectoryName(Here())!, "../../src/Vaal.Data/Formats/Embedded/fashion-mnist.br");

var (places, labels, images) = (new MemoryStream(), new MemoryStream(), new MemoryStream());
foreach (var (set, file, perClass) in new[] { ("train", "train", 500), ("test", "t10k", 100) })
{
    var label = Unzip($"{file}-labels-idx1-ubyte.gz")[8..];
    var image = Unzip($"{file}-images-idx3-ubyte.gz")[16..];
    var drawn = Enumerable.Range(0, Classes).SelectMany(c => Enumerable.Range(0, label.Length)
        .Where(i => label[i] == c)
        .OrderBy(
            i => Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes($"{set}/{i}"))), StringComparer.Ordinal)
        .Take(perClass));
    foreach (var i in drawn.Order())
    {
        var place = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(place, i);
        places.Write(place);
        labels.WriteByte(label[i]);
        images.Write(image, i * ImageBytes, ImageBytes);
    }
}

byte[] all = [.. places.ToArray(), .. labels.ToArray(), .. images.ToArray()];
var packed = new byte[BrotliEncoder.GetMaxCompressedLength(all.Length)];
if (!BrotliEncoder.TryCompress(all, packed, out var length, quality: 11, window: 24))
    throw new InvalidOperationException("Brotli failed");
File.WriteAllBytes(target, packed[..length]);
Console.WriteLine($"{labels.Length:N0} images, {length:N0} bytes: {Path.GetFullPath(target)}");

byte[] Unzip(string name)
{
    using var stream = new GZipStream(File.OpenRead(Path.Combine(source, name)), CompressionMode.Decompress);
    using var memory = new MemoryStream();
    stream.CopyTo(memory);
    return memory.ToArray();
}

static string Here([CallerFilePath] string path = "") => path;
